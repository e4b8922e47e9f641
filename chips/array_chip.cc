#include "chips/array_chip.h"

#include <algorithm>
#include <cmath>

#include "chips/operator_work.h"
#include "chips/overlap.h"

namespace tessera {
namespace {

// Unit of double buffering between main memory and scratchpad.
constexpr double kBlockBytes = 8 << 20;
// Share of the bytes of norms, activations and residuals that the compiler fuses into the products
// before or after them. Estimate: residual with norm, activation with the up projection.
constexpr double kFusedShare = 0.5;

}  // namespace

absl::Status CheckArrayFigures(const ChipSpec& spec) {
  if (spec.array_rows < 1 || spec.array_columns < 1) {
    return MissingFigure(spec, "no extent of its systolic arrays");
  }
  if (!spec.sram) return MissingFigure(spec, "no SRAM size");
  return absl::OkStatus();
}

ArrayRates ArrayRatesOf(const ChipSpec& spec, double least_stream) {
  ArrayRates rates;
  rates.arrays = {.rows = static_cast<double>(spec.array_rows),
                  .columns = static_cast<double>(spec.array_columns),
                  .count = static_cast<double>(spec.core_count) * spec.arrays_per_core,
                  .least_stream = least_stream};
  const double work = 2 * rates.arrays.rows * rates.arrays.columns * rates.arrays.count;
  double widest = 0;
  for (int i = 0; i < kPrecisionCount; ++i) {
    const double rate = MatrixRate(spec, static_cast<Precision>(i));
    if (rate > 0) rates.cycle[static_cast<size_t>(i)] = work / rate;
    widest = std::max(widest, rate);
  }
  // Unknown: a vector operation for every 64 of the matrix unit, as on the TPUs with a figure.
  rates.vector_flops = VectorRate(spec, widest / 64);
  rates.special_functions = spec.special_functions_per_second.value_or(rates.vector_flops / 16);
  rates.read_bandwidth = ReadBandwidth(spec);
  rates.write_bandwidth = WriteBandwidth(spec);
  rates.scratchpad = static_cast<double>(spec.sram->total.count());
  if (spec.llc && !spec.llc->is_cache) {
    rates.scratchpad += static_cast<double>(spec.llc->total.count());
  }
  rates.prologue = ToSeconds(spec.overhead->matrix_prologue);
  rates.memory_operation = ToSeconds(spec.overhead->memory_operation);
  return rates;
}

ArrayRates ShareOf(const ArrayRates& rates, double share) {
  ArrayRates part = rates;
  const double count = std::max(1.0, std::floor(rates.arrays.count * share));
  for (double& cycle : part.cycle) cycle *= count / rates.arrays.count / share;
  part.arrays.count = count;
  part.vector_flops *= share;
  part.special_functions *= share;
  part.read_bandwidth *= share;
  part.write_bandwidth *= share;
  part.scratchpad *= share;
  return part;
}

ProductBytes ProductTraffic(const Operator& op, const ArrayRates& rates) {
  const auto rows = static_cast<double>(GemmRows(op));
  const auto n = static_cast<double>(op.n);
  const auto k = static_cast<double>(op.k);
  const double left = rows * k * StorageBits(op.input) / 8;
  const double right = static_cast<double>(op.groups) * k * n * StorageBits(op.weights) / 8;
  // Groups run one after the other; each has the scratchpad to itself.
  const auto groups = static_cast<double>(op.groups);
  const double read =
      groups * ScratchpadTraffic(
                   {.left = left / groups, .right = right / groups, .m = rows / groups, .n = n},
                   rates.scratchpad);
  const double value = op.accumulate_fp32_output ? 4 : StorageBits(op.output) / 8;
  return {.read = read + (op.accumulate_fp32_output ? rows * n * 4 : 0),
          .written = rows * n * value};
}

void SetPipelinedTotal(const ArrayRates& rates, double compute, KernelTime& time) {
  time.fixed = rates.prologue;
  time.total = time.fixed + TwoStagePipeline(compute, time.memory, time.memory_bytes / kBlockBytes);
}

KernelTime ArrayAttention(const Operator& op, const ArrayRates& rates, CyclesOf cycles) {
  const auto q = static_cast<double>(op.q_len);
  const auto kv = static_cast<double>(op.kv_len);
  const auto qk = static_cast<double>(op.head_dim_qk);
  const auto v = static_cast<double>(op.head_dim_v);
  const auto sequences = static_cast<double>(op.batch);
  const auto heads = static_cast<double>(op.heads);
  const auto kv_heads = static_cast<double>(op.kv_heads);
  const double visible = VisiblePairs(op) / (q * kv);
  // Query heads that share keys stream past them together.
  const double rows = q * heads / kv_heads;
  const double groups = sequences * kv_heads;
  const double scores = cycles(rates.arrays, {.m = rows, .n = kv, .k = qk, .groups = groups});
  const double values = cycles(rates.arrays, {.m = rows, .n = v, .k = kv, .groups = groups});
  const bool backward = op.phase == AttentionPhase::kBackward;
  const double products = backward ? 3 * scores + 2 * values : scores + values;
  const OperatorWork work = WorkOf(op);
  KernelTime time;
  time.matrix = visible * products * rates.cycle[static_cast<size_t>(op.compute)];
  time.vector =
      work.exponentials / rates.special_functions + work.vector_flops / rates.vector_flops;
  time.memory_bytes = work.stationary_bytes + work.moving_bytes;
  time.memory = time.memory_bytes / rates.read_bandwidth;
  SetPipelinedTotal(rates, Overlap(time.matrix, time.vector), time);
  return time;
}

KernelTime ArrayPass(const Operator& op, const ArrayRates& rates) {
  const double kept = op.category == OperatorClass::kOptimizer ? 1 : 1 - kFusedShare;
  const double read = kept * static_cast<double>(op.read.count());
  const double written = kept * static_cast<double>(op.written.count());
  KernelTime time;
  time.memory_bytes = read + written;
  time.memory = read / rates.read_bandwidth + written / rates.write_bandwidth;
  time.vector = op.vector_flops.value() / rates.vector_flops;
  time.fixed = rates.memory_operation;
  time.total = time.fixed + std::max(time.memory, time.vector);
  return time;
}

}  // namespace tessera
