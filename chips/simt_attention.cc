// Flash-style attention on SIMT chips: one thread block a group of query rows; products on the
// matrix unit, softmax on the vector and special-function units, scores never in memory.
#include <algorithm>
#include <cmath>

#include "chips/simt_rates.h"

namespace tessera {
namespace {

constexpr double kQueryBlock = 128;  // Query rows of a thread block.
constexpr double kKeyBlock = 128;    // Keys of one iteration.
// fp32 operations of one score: scale, maximum, subtract, sum, convert; backward also the gradient.
constexpr double kForwardVectorFlops = 5;
constexpr double kBackwardVectorFlops = 10;
// Share of the shorter of products and softmax that the other does not hide.
constexpr double kExposed = 0.5;

// Thread blocks: query rows of a group of heads share the keys in decode.
double Blocks(const Operator& op, const SimtRates& rates) {
  const auto sequences = static_cast<double>(op.batch);
  if (op.phase != AttentionPhase::kDecode) {
    return sequences * static_cast<double>(op.heads) *
           std::ceil(static_cast<double>(op.q_len) / kQueryBlock);
  }
  const double key_blocks = std::ceil(static_cast<double>(op.kv_len) / kKeyBlock);
  const double groups = sequences * static_cast<double>(op.kv_heads);
  // Splits of the keys fill the chip where sequences and heads do not.
  const double splits = std::clamp(std::floor(rates.cores / groups), 1.0, key_blocks);
  return groups * splits;
}

}  // namespace

KernelTime SimtAttention(const Operator& op, const SimtRates& rates) {
  const auto format = static_cast<size_t>(op.compute);
  const bool backward = op.phase == AttentionPhase::kBackward;
  const double flops = MatrixFlops(op).value() / static_cast<double>(op.count);
  const double scores = static_cast<double>(op.batch * op.heads) * VisiblePairs(op);
  const double blocks = Blocks(op, rates);
  const double active = std::min(blocks, rates.cores);
  const double waves = std::ceil(blocks / rates.cores) / (blocks / rates.cores);
  // Long causal rows start first, so unequal blocks pack; only the last wave is partly empty.
  const double quantisation = blocks > 4 * rates.cores ? 1 : waves;
  const double core_share = rates.cores * quantisation;
  KernelTime time;
  const double ideal = flops / (rates.core_flops[format] * rates.cores);
  const double matrix = ideal * quantisation;
  time.vector = quantisation * (scores / (rates.core_special_functions * rates.cores) +
                                scores * (backward ? kBackwardVectorFlops : kForwardVectorFlops) /
                                    (rates.core_vector_flops * rates.cores));
  const double busy = std::max(matrix, time.vector) + kExposed * std::min(matrix, time.vector);
  time.matrix = PowerLimitedTime(ideal, busy, rates.clock[format]);
  time.memory_bytes = static_cast<double>(MinimumBytes(op).count() / op.count);
  time.memory = time.memory_bytes / std::min(rates.read_bandwidth, active * rates.core_bandwidth);
  time.fixed =
      rates.matrix_prologue * (core_share > 0 && op.phase == AttentionPhase::kDecode ? 2 : 1);
  time.total = time.fixed + std::max(time.matrix, time.memory);
  return time;
}

}  // namespace tessera
