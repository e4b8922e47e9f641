// Matrix products on SIMT chips. A library cuts the result into tiles, one per core at a time; the
// time is the slower of the matrix units over whole waves of tiles and the memory traffic of the
// tiles in flight. Like real libraries, the best of several tile shapes is taken, and the inner
// dimension is split when there are fewer tiles than cores.
#include <algorithm>
#include <array>
#include <cmath>

#include "chips/simt_rates.h"
#include "core/integer.h"
#include "core/math.h"

namespace tessera {
namespace {

struct Tile {
  int64_t m, n;
};
constexpr std::array<Tile, 8> kTiles = {
    {{256, 128}, {128, 256}, {128, 128}, {64, 256}, {256, 64}, {128, 64}, {64, 128}, {64, 64}}};
constexpr std::array<int64_t, 5> kSplits = {1, 2, 4, 8, 16};
constexpr int64_t kLeastSplitDepth = 512;

// One product in bytes and counts.
struct Product {
  double m, n, k, groups, rows;
  double left, right, result;  // Bytes over all groups.
  double left_value, right_value;
};

Product ProductOf(const Operator& op) {
  const auto rows = static_cast<double>(GemmRows(op));
  const auto n = static_cast<double>(op.n);
  const auto k = static_cast<double>(op.k);
  const auto groups = static_cast<double>(op.groups);
  const double left_value = StorageBits(op.input) / 8;
  const double right_value = StorageBits(op.weights) / 8;
  const double result_value = op.accumulate_fp32_output ? 8 : StorageBits(op.output) / 8;
  return {.m = static_cast<double>(op.m),
          .n = n,
          .k = k,
          .groups = groups,
          .rows = rows,
          .left = rows * k * left_value,
          .right = groups * k * n * right_value,
          .result = rows * n * result_value,
          .left_value = left_value,
          .right_value = right_value};
}

// Row tiles over all groups. Unequal groups waste half a tile each on average.
double RowTiles(const Product& p, double tile_m) {
  const double equal = p.groups * std::ceil(p.m / tile_m);
  if (p.rows >= p.groups * p.m) return equal;
  return std::min(equal, std::max(p.groups, p.rows / tile_m + 0.5 * p.groups));
}

// Bytes from main memory. Operands that fit the cache together are read once; otherwise each wave
// reads the rows and columns under its near-square patch of tiles.
double Traffic(const Product& p, const Tile& tile, double tiles, const SimtRates& rates) {
  const double once = p.left + p.right;
  if (once <= rates.cache_bytes) return once + p.result;
  const double column_tiles = std::ceil(p.n / static_cast<double>(tile.n));
  const double row_tiles = tiles / column_tiles;
  const double in_flight = std::min(tiles, rates.cores);
  const double columns =
      std::min(column_tiles, std::max(1.0, std::sqrt(in_flight * static_cast<double>(tile.m) /
                                                     static_cast<double>(tile.n))));
  const double rows = std::min(row_tiles, std::max(1.0, in_flight / columns));
  const double per_wave = p.k * (rows * static_cast<double>(tile.m) * p.left_value +
                                 columns * static_cast<double>(tile.n) * p.right_value);
  const double waves = tiles / std::max(1.0, rows * columns);
  return std::max(once, waves * per_wave) + p.result;
}

struct Candidate {
  Tile tile;
  double split;
};

KernelTime TileTime(const Product& p, const Candidate& c, const SimtRates& rates,
                    Precision compute) {
  const auto format = static_cast<size_t>(compute);
  const double tiles =
      RowTiles(p, static_cast<double>(c.tile.m)) * std::ceil(p.n / static_cast<double>(c.tile.n));
  const double items = tiles * c.split;
  const double per_item = 2 * static_cast<double>(c.tile.m * c.tile.n) * std::ceil(p.k / c.split) /
                          rates.core_flops[format];
  const double busy = std::ceil(items / rates.cores) * per_item;
  const double ideal = 2 * p.rows * p.n * p.k / (rates.core_flops[format] * rates.cores);
  KernelTime time;
  time.matrix = PowerLimitedTime(ideal, busy, rates.clock[format]);
  // Partial sums of a split go through the cache in fp32, written and read.
  const double partials = c.split > 1 ? 8 * p.rows * p.n * c.split : 0;
  time.memory_bytes = Traffic(p, c.tile, tiles, rates);
  const double drawn =
      std::min(rates.read_bandwidth, std::min(items, rates.cores) * rates.core_bandwidth);
  const double written = std::min(drawn, rates.write_bandwidth);
  time.memory = (time.memory_bytes - p.result) / drawn + p.result / written;
  const double cache = p.k * tiles *
                           (static_cast<double>(c.tile.m) * p.left_value +
                            static_cast<double>(c.tile.n) * p.right_value) /
                           2 +
                       partials;
  time.fixed = rates.matrix_prologue * (c.split > 1 ? 1.5 : 1);
  time.total = time.fixed + std::max({time.matrix, time.memory, cache / rates.cache_bandwidth});
  return time;
}

}  // namespace

double PowerLimitedTime(double ideal, double busy, double saturated_clock) {
  if (ideal <= 0) return busy;
  const double clock = saturated_clock * Pow(busy / ideal, 1.0 / 3.0);
  return clock < 1 ? busy / clock : busy;
}

KernelTime SimtGemm(const Operator& op, const SimtRates& rates) {
  const Product p = ProductOf(op);
  KernelTime best;
  for (const Tile& tile : kTiles) {
    const double tiles =
        RowTiles(p, static_cast<double>(tile.m)) * std::ceil(p.n / static_cast<double>(tile.n));
    for (const int64_t split : kSplits) {
      if (split > 1 && (tiles * static_cast<double>(split) > 2 * rates.cores ||
                        op.k < split * kLeastSplitDepth)) {
        break;
      }
      const KernelTime time = TileTime(p, {tile, static_cast<double>(split)}, rates, op.compute);
      if (best.total == 0 || time.total < best.total) best = time;
    }
  }
  return best;
}

}  // namespace tessera
