#include "chips/sparse_cost.h"

#include <algorithm>

#include "chips/energy.h"
#include "chips/kernel_chip.h"
#include "chips/overlap.h"
#include "chips/sparsity.h"
#include "core/math.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Pattern = SparsitySpec::Pattern;

// Of skipping a piece: finding it, and a pipeline that starts again. Estimates.
constexpr double kBlockTax = 0.05;
constexpr double kRowTax = 0.1;
// Busiest over mean unit where kept pieces lie anywhere.
constexpr double kImbalance = 1.1;
constexpr double kBlockIndexBits = 32;
constexpr double kValueIndexBits = 16;

// Edge of the least piece of the right operand that the style can leave out.
int SkippedPiece(const ChipSpec& spec) {
  switch (spec.style) {
    case ExecutionStyle::kSimt:
      return 64;  // Depth of a step by the columns of a small tile.
    case ExecutionStyle::kSystolic:
    case ExecutionStyle::kMultiEngine:
    case ExecutionStyle::kStaticSchedule:
      return std::max(1, spec.array_rows);
    case ExecutionStyle::kDataflowMimd:
    case ExecutionStyle::kReconfigurable:
      return 32;
    case ExecutionStyle::kBulkSynchronous:
      return 16;
    case ExecutionStyle::kWaferScale:
      break;
  }
  return 1;
}

// Time of sparse over dense products at the chip's peaks; 1 where none is published.
double PeakRatio(const ChipSpec& spec, Precision precision) {
  const auto& dense = spec.matrix_peak.Get(precision);
  const auto& sparse = spec.matrix_peak_sparse.Get(precision);
  return dense && sparse ? dense->value() / sparse->value() : 1;
}

bool HardwareSkips(const ChipSpec& spec, const SparsitySpec& zeros) {
  switch (spec.style) {
    case ExecutionStyle::kSimt:
      return zeros.n == 2 && zeros.m == 4;
    case ExecutionStyle::kMultiEngine:
      return zeros.n <= 4 && zeros.m <= 16;
    case ExecutionStyle::kWaferScale:
      return true;
    default:
      return false;
  }
}

int Log2Ceil(int values) {
  int bits = 0;
  while ((1 << bits) < values) ++bits;
  return bits;
}

StructuredSparsity PatternOf(const SparsitySpec& zeros) {
  return {.n = zeros.n, .m = zeros.m, .index_bits = Log2Ceil(zeros.m)};
}

SparseShares StructuredShares(const Operator& op, const SparsitySpec& zeros, const ChipSpec& spec) {
  SparseShares shares;
  const double peak = PeakRatio(spec, op.compute);
  if (peak == 1 || !HardwareSkips(spec, zeros)) return shares;
  shares.done = 1 / PeakSpeedup(PatternOf(zeros));
  shares.time = std::max(shares.done, peak);
  return shares;
}

SparseShares BlockShares(const Operator& op, const SparsitySpec& zeros, const ChipSpec& spec) {
  SparseShares shares;
  const int pieces = std::max(1, SkippedPiece(spec) / zeros.block);
  const double kept = KeptBlocks(zeros.density, pieces);
  const double time = 1 / SparseSpeedup(kept, kBlockTax, kImbalance);
  if (time >= 1) return shares;  // Runs as if it were dense.
  shares.done = kept;
  shares.time = time;
  // Hardware that skips single values does so at the rate of its sparse peak at most.
  if (spec.style == ExecutionStyle::kWaferScale) {
    shares.time = std::max(time, PeakRatio(spec, op.compute));
  }
  return shares;
}

// Rows of weights that meet a zero in every token of the batch are left out.
void SkipZeroInputs(const Operator& op, const SparsitySpec& zeros, SparseShares& shares) {
  const double tokens = static_cast<double>(GemmRows(op)) / static_cast<double>(op.groups);
  const double used = 1 - Pow(1 - zeros.activations, tokens);
  const double time = used * (1 + kRowTax);
  if (time >= 1) return;
  shares.time *= time;
  shares.done *= used;
  shares.stored *= used;
}

// Bytes and work of attention go with the keys that are looked at.
SparseShares MaskShares(const SparsitySpec& zeros) {
  return {.time = zeros.mask, .stored = zeros.mask, .done = zeros.mask};
}

Duration Scaled(Duration time, double factor) { return CeilSeconds(ToSeconds(time) * factor); }

// Bytes of the operand that zeros shrink, all `count` operators.
double ShrinkingBytes(const Operator& op) {
  const auto count = static_cast<double>(op.count);
  if (op.kind == OperatorKind::kGemm) {
    return count * static_cast<double>(StorageBytes(op.weights, op.groups * op.k * op.n).count());
  }
  if (op.phase != AttentionPhase::kDecode) return 0;  // Every key is somebody's.
  const int64_t values = op.latent ? op.head_dim_qk : op.head_dim_qk + op.head_dim_v;
  return count * static_cast<double>(
                     StorageBytes(op.kv, op.batch * op.kv_heads * op.kv_len * values).count());
}

// `dense` with the matrix time and the bytes that are left.
OperatorCost Shrunk(const OperatorCost& dense, const Operator& op, const SparseShares& shares) {
  OperatorCost cost = dense;
  cost.matrix_time = Scaled(dense.matrix_time, shares.time);
  cost.matrix_flops = dense.matrix_flops * shares.done;
  const double saved = (1 - shares.stored) * ShrinkingBytes(op);
  const auto before = static_cast<double>(dense.memory_bytes.count());
  if (before > saved) {
    cost.memory_bytes = Bytes(static_cast<int64_t>(before - saved));
    cost.memory_time = Scaled(dense.memory_time, (before - saved) / before);
  }
  const auto work = [](const OperatorCost& c) {
    return Overlap(ToSeconds(c.matrix_time), ToSeconds(c.memory_time), ToSeconds(c.vector_time));
  };
  // What the dense kernel spends beside its overlapping work stays as it is.
  const double rest = std::max(0.0, ToSeconds(dense.time) - work(dense));
  cost.time = CeilSeconds(rest + work(cost));
  return cost;
}

}  // namespace

double StoredShare(const SparsitySpec& zeros, Precision weights) {
  const double bits = StorageBits(weights);
  switch (zeros.pattern) {
    case Pattern::kDense:
      return 1;
    case Pattern::kStructured:
      return std::min(1.0, StorageRatio(PatternOf(zeros), bits));
    case Pattern::kBlocks:
      break;
  }
  const double values = static_cast<double>(zeros.block) * zeros.block;
  const double index = zeros.block == 1 ? kValueIndexBits : kBlockIndexBits;
  return std::min(1.0, zeros.density * (1 + index / (values * bits)));
}

SparseShares SparseSharesOf(const Operator& op, const SparsitySpec& zeros, const ChipSpec& spec) {
  SparseShares shares;
  if (zeros.pattern == Pattern::kStructured) shares = StructuredShares(op, zeros, spec);
  if (zeros.pattern == Pattern::kBlocks) shares = BlockShares(op, zeros, spec);
  shares.stored = StoredShare(zeros, op.weights);
  if (zeros.activations < 1) SkipZeroInputs(op, zeros, shares);
  return shares;
}

absl::StatusOr<OperatorCost> SparseCost(const ChipModel& chip, const Operator& op,
                                        const SparsitySpec& zeros, const ChipUse& use) {
  TESSERA_ASSIGN_OR_RETURN(const OperatorCost dense, chip.Cost(op, use));
  if (op.kind == OperatorKind::kVector) return dense;
  OperatorCost cost = Shrunk(
      dense, op,
      op.kind == OperatorKind::kGemm ? SparseSharesOf(op, zeros, chip.spec()) : MaskShares(zeros));
  if (const auto rates = EnergyRatesOf(chip.spec())) {
    cost.energy = EnergyOf(*rates, {.matrix_flops = cost.matrix_flops,
                                    .precision = op.compute,
                                    .vector_flops = op.vector_flops * static_cast<double>(op.count),
                                    .memory_bytes = cost.memory_bytes,
                                    .time = cost.time});
  }
  cost.limiter = LongestOf(cost);
  return cost;
}

}  // namespace tessera
