#include "chips/bulk_synchronous.h"

#include <algorithm>
#include <cmath>

#include "chips/kernel_chip.h"
#include "chips/operator_work.h"
#include "core/integer.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Accumulating products work on 16 outputs and 16 inputs at a time.
constexpr double kUnitWidth = 16;
constexpr int kMostSplits = 64;  // Of rows or of the inner dimension.

struct BspRates {
  double tiles = 0;
  double tile_exchange = 0;  // Bytes/s that one tile receives.
  double barrier = 0;
  double vector_flops = 0;
  double sram_bytes = 0;
  double streaming = 0;  // Bytes/s from outside; 0: none.
  double prologue = 0;
};

double RoundUpTo(double value, double step) { return std::ceil(value / step) * step; }

// A product cut in parts over rows, columns and the inner dimension, one part a tile at a time.
struct Cut {
  double m, n, k;
};

struct CutTime {
  double compute = 0, exchange = 0, barriers = 0;
  double total() const { return compute + exchange + barriers; }
};

// Tiles hold their weights; rows come to them, and partial sums of a cut inner dimension travel
// once more. Weights that several row parts share are copied to each.
CutTime TimeOf(const Operator& op, const Cut& cut, double tile_flops, const BspRates& rates) {
  const auto groups = static_cast<double>(op.groups);
  const double m = std::ceil(static_cast<double>(GemmRows(op)) / groups / cut.m);
  const double n = RoundUpTo(static_cast<double>(op.n) / cut.n, kUnitWidth);
  const double k = RoundUpTo(static_cast<double>(op.k) / cut.k, kUnitWidth);
  const double rounds = std::ceil(groups * cut.m * cut.n * cut.k / rates.tiles);
  const double rows = m * k * StorageBits(op.input) / 8;
  const double weights = cut.m > 1 ? k * n * StorageBits(op.weights) / 8 : 0;
  const double partials = cut.k > 1 ? m * n * 4 : 0;
  CutTime time;
  time.compute = rounds * 2 * m * n * k / tile_flops;
  time.exchange = rounds * (rows + weights + partials) / rates.tile_exchange;
  time.barriers = (cut.k > 1 ? 3 : 2) * rates.barrier;
  return time;
}

CutTime BestCut(const Operator& op, double tile_flops, const BspRates& rates) {
  CutTime best;
  for (int m = 1; m <= kMostSplits; m *= 2) {
    for (int k = 1; k <= kMostSplits; k *= 2) {
      const double most = rates.tiles / static_cast<double>(op.groups) / (m * k);
      const double n =
          std::clamp(std::floor(most), 1.0, std::ceil(static_cast<double>(op.n) / kUnitWidth));
      const CutTime time =
          TimeOf(op, {static_cast<double>(m), n, static_cast<double>(k)}, tile_flops, rates);
      if (best.total() == 0 || time.total() < best.total()) best = time;
    }
  }
  return best;
}

class BulkSynchronousChip final : public KernelChip {
 public:
  explicit BulkSynchronousChip(const ChipSpec& spec);

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  BspRates rates_;
};

BulkSynchronousChip::BulkSynchronousChip(const ChipSpec& spec) : KernelChip(spec) {
  rates_.tiles = spec.core_count;
  rates_.tile_exchange =
      static_cast<double>(spec.noc->aggregate_bandwidth->bytes_per_second()) / rates_.tiles;
  rates_.barrier = ToSeconds(spec.overhead->memory_operation);
  rates_.sram_bytes = static_cast<double>(spec.sram->total.count());
  rates_.streaming = spec.memory.empty() ? 0 : ReadBandwidth(spec);
  rates_.prologue = ToSeconds(spec.overhead->matrix_prologue);
  // Unknown: two fp32 operations a lane on 128-bit vectors, one vector a cycle.
  rates_.vector_flops = VectorRate(spec, rates_.tiles * 8 * spec.matrix_ghz * 1e9);
}

KernelTime BulkSynchronousChip::Kernel(const Operator& op, const ChipUse& use) const {
  BspRates rates = rates_;
  rates.tiles = std::max(1.0, std::floor(rates.tiles * use.cores()));
  const OperatorWork work = WorkOf(op);
  const double tile_flops = MatrixRate(spec(), op.compute) / rates_.tiles;
  KernelTime time;
  double exchange = work.moving_bytes / (rates.tiles * rates.tile_exchange);
  double barriers = 2 * rates.barrier;
  if (op.kind == OperatorKind::kGemm) {
    const CutTime cut = BestCut(op, tile_flops, rates);
    time.matrix = cut.compute;
    exchange = cut.exchange;
    barriers = cut.barriers;
  } else if (work.matrix_flops > 0) {
    time.matrix = work.matrix_flops / (tile_flops * rates.tiles);
  }
  // Exponentials take about eight vector operations.
  constexpr double kExponentialFlops = 16;
  time.vector = (work.vector_flops + kExponentialFlops * work.exponentials) / rates.vector_flops;
  const bool streams = work.stationary_bytes > rates.sram_bytes && rates.streaming > 0;
  time.memory_bytes = streams ? work.stationary_bytes : 0;
  time.memory = exchange + (streams ? time.memory_bytes / rates.streaming : 0);
  time.fixed = rates.prologue + barriers;
  // Phases follow each other; nothing overlaps.
  time.total = time.fixed + time.matrix + time.vector + time.memory;
  return time;
}

}  // namespace

double SuperstepTime(const Superstep& step) {
  const auto most = [](absl::Span<const double> values) {
    return values.empty() ? 0.0 : *std::max_element(values.begin(), values.end());
  };
  const double bytes = std::max(most(step.sent), most(step.received));
  return most(step.work) + step.seconds_per_byte * bytes + step.barrier;
}

absl::StatusOr<std::unique_ptr<ChipModel>> MakeBulkSynchronousChip(const ChipSpec& spec) {
  if (spec.core_count < 1) return MissingFigure(spec, "no core count");
  if (!spec.overhead) return MissingFigure(spec, "no overhead block");
  if (!spec.sram) return MissingFigure(spec, "no SRAM size");
  if (spec.matrix_ghz <= 0) return MissingFigure(spec, "no clock");
  if (!spec.noc || !spec.noc->aggregate_bandwidth) {
    return MissingFigure(spec, "no exchange bandwidth");
  }
  return std::make_unique<BulkSynchronousChip>(spec);
}

}  // namespace tessera
