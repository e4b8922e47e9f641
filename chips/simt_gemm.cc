// Matrix products on SIMT chips. A library cuts the result into tiles, one per core at a time, and
// each tile walks the inner dimension in steps. Three times overlap, imperfectly: the matrix units
// over whole waves of tiles, main memory, and the last-level cache that feeds every tile. Like real
// libraries, the best of several tile shapes is taken, and wide formats split the inner dimension
// when there are fewer tiles than cores.
#include <array>
#include <cmath>

#include "chips/overlap.h"
#include "chips/simt_rates.h"
#include "core/integer.h"

namespace tessera {
namespace {

constexpr double kStepBytes = 128;          // Depth of one inner step, of the wider operand.
constexpr double kMaxTileElements = 40960;  // fp32 sums that fit the registers of a core.
constexpr double kMaxTileColumns = 256;
constexpr double kLeastSplitDepth = 512;
constexpr double kLeastTileRows = 64;
constexpr std::array<double, 4> kTileRows = {128, 256, 192, kLeastTileRows};  // Likeliest first.
constexpr std::array<double, 6> kSplits = {2, 3, 4, 6, 8, 16};

// One product in bytes and counts.
struct Product {
  double m, n, k, groups, rows;
  double left_value, right_value;  // Bytes of one operand value.
  double operands, result;         // Bytes over all groups.
  double core_flops, clock;
  double widened;  // Values of one row of tiles that vector units widen first.
  bool may_split;
};

Product ProductOf(const Operator& op, const SimtRates& rates) {
  Product p;
  p.m = static_cast<double>(op.m);
  p.n = static_cast<double>(op.n);
  p.k = static_cast<double>(op.k);
  p.groups = static_cast<double>(op.groups);
  p.rows = static_cast<double>(GemmRows(op));
  p.left_value = StorageBits(op.input) / 8;
  p.right_value = StorageBits(op.weights) / 8;
  p.operands = p.rows * p.k * p.left_value + p.groups * p.k * p.n * p.right_value;
  p.result = p.rows * p.n * (op.accumulate_fp32_output ? 8 : StorageBits(op.output) / 8);
  p.core_flops = rates.core_flops[static_cast<size_t>(op.compute)];
  p.clock = rates.clock[static_cast<size_t>(op.compute)];
  p.widened = WideningFlops(op) / p.groups;
  // Narrow formats carry scales along the inner dimension; their kernels walk it whole.
  p.may_split = StorageBits(op.compute) >= 16;
  return p;
}

struct Tiling {
  double m, n;        // Of one tile.
  double rows, cols;  // Tiles, all groups.
  double split = 1;
  double items() const { return rows * cols * split; }
};

// Row tiles over all groups. Unequal groups waste half a tile each on average.
double RowTiles(const Product& p, double tile_m) {
  const double equal = p.groups * std::ceil(p.m / tile_m);
  if (p.rows >= p.groups * p.m) return equal;
  return std::min(equal, std::max(p.groups, p.rows / tile_m + 0.5 * p.groups));
}

Tiling MakeTiling(const Product& p, double tile_m, double tile_n) {
  return {.m = tile_m, .n = tile_n, .rows = RowTiles(p, tile_m), .cols = std::ceil(p.n / tile_n)};
}

// Bytes that main memory gives. Operands that fit the cache are read once; otherwise each wave
// reads the rows and columns under its near-square patch of tiles.
double OperandTraffic(const Product& p, const Tiling& t, const SimtRates& rates) {
  if (p.operands <= rates.cache_bytes) return p.operands;
  const double in_flight = std::min(t.rows * t.cols, rates.cores);
  const double cols = std::min(t.cols, std::max(1.0, std::sqrt(in_flight * t.m / t.n)));
  const double rows = std::min(t.rows, std::max(1.0, in_flight / cols));
  const double patches = t.rows * t.cols / (rows * cols);
  const double patch = p.k * (rows * t.m * p.left_value + cols * t.n * p.right_value);
  return std::max(p.operands, patches * patch);
}

// Seconds of main memory. The last, partly filled wave draws no more than its cores can.
double MemoryTime(const Product& p, const Tiling& t, double traffic, const SimtRates& rates) {
  const double items = t.items();
  const double last = items - std::floor(items / rates.cores) * rates.cores;
  const double last_share = last / items;
  const double last_rate = std::min(rates.tile_read_bandwidth, last * rates.core_bandwidth);
  const double read = traffic * ((1 - last_share) / rates.tile_read_bandwidth +
                                 (last > 0 ? last_share / last_rate : 0));
  return read + (1 - rates.exposed_result) * p.result / rates.write_bandwidth;
}

// Seconds of the last-level cache. Cores of a cluster share the reads of one operand; partial sums
// of a split pass through in fp32, written and read.
double CacheTime(const Product& p, const Tiling& t, const SimtRates& rates) {
  const double left = t.m * p.left_value;
  const double right = t.n * p.right_value;
  const double shared =
      left >= right && t.cols >= rates.cluster_cores
          ? left / rates.cluster_cores + right
          : left + right / (t.rows >= rates.cluster_cores ? rates.cluster_cores : 1);
  const double partials = t.split > 1 ? 8 * p.rows * p.n * t.split : 0;
  return (p.k * t.rows * t.cols * shared + partials + p.result) / rates.cache_bandwidth;
}

double MatrixTime(const Product& p, const Tiling& t, const SimtRates& rates) {
  const double step_depth = kStepBytes / std::max(p.left_value, p.right_value);
  const double steps = std::ceil(p.k / (t.split * step_depth));
  const double step = std::max(2 * t.m * t.n * step_depth / p.core_flops, rates.matrix_step);
  const double busy = std::ceil(t.items() / rates.cores) * (steps * step + rates.tile_overhead);
  const double ideal = 2 * p.rows * p.n * p.k / (p.core_flops * rates.cores);
  return busy / PowerLimitedClock(p.clock, ideal / busy);
}

class Search {
 public:
  Search(const Product& p, const SimtRates& rates) : p_(p), rates_(rates) {}

  // Widths that fill whole waves of cores, and the usual ones.
  void TryRows(double tile_m) {
    const auto step = static_cast<double>(rates_.tile_columns_step);
    const double widest =
        std::min(kMaxTileColumns, std::floor(kMaxTileElements / tile_m / step) * step);
    const double rows = RowTiles(p_, tile_m);
    const double waves = std::max(1.0, std::ceil(rows * std::ceil(p_.n / widest) / rates_.cores));
    TryWidth(tile_m, widest);
    if (widest != 128) TryWidth(tile_m, 128);
    if (rows * std::ceil(p_.n / 128) < rates_.cores) TryWidth(tile_m, 64);
    double last = widest;
    for (double w = waves; w <= waves + 1; ++w) {
      const double cols = std::max(1.0, std::floor(w * rates_.cores / rows));
      const double width = std::min(widest, std::ceil(p_.n / cols / step) * step);
      if (width != last) TryWidth(tile_m, width);
      last = width;
    }
  }

  const KernelTime& best() const { return best_; }

 private:
  void TryWidth(double tile_m, double tile_n) {
    Tiling tiling = MakeTiling(p_, tile_m, tile_n);
    Try(tiling);
    if (!p_.may_split) return;
    const double tiles = tiling.items();
    for (const double split : kSplits) {
      if (tiles * split > 2 * rates_.cores || p_.k < split * kLeastSplitDepth) return;
      tiling.split = split;
      Try(tiling);
    }
  }

  void Try(const Tiling& tiling) {
    KernelTime time;
    // A split ends with a second kernel that adds the partial sums.
    time.fixed = rates_.matrix_prologue * (tiling.split > 1 ? 1.5 : 1);
    time.matrix = MatrixTime(p_, tiling, rates_);
    if (best_.total > 0 && time.fixed + time.matrix >= best_.total) return;
    const double traffic = OperandTraffic(p_, tiling, rates_);
    time.memory = MemoryTime(p_, tiling, traffic, rates_);
    time.memory_bytes = traffic + p_.result;
    time.vector = tiling.rows * p_.widened / (rates_.core_vector_flops * rates_.cores);
    time.total =
        time.fixed +
        Overlap(std::max(time.matrix, time.vector), time.memory, CacheTime(p_, tiling, rates_)) +
        rates_.exposed_result * p_.result / rates_.write_bandwidth;
    if (best_.total == 0 || time.total < best_.total) best_ = time;
  }

  const Product& p_;
  const SimtRates& rates_;
  KernelTime best_;
};

}  // namespace

KernelTime SimtGemm(const Operator& op, const SimtRates& rates) {
  const Product product = ProductOf(op, rates);
  Search search(product, rates);
  for (const double tile_m : kTileRows) {
    const bool larger_than_needed = tile_m - kLeastTileRows >= product.m;
    if (tile_m == kLeastTileRows || !larger_than_needed) search.TryRows(tile_m);
  }
  return search.best();
}

}  // namespace tessera
