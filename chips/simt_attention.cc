// Flash-style attention on SIMT chips: a thread block takes a block of query rows past blocks of
// keys, both products on the matrix unit, the softmax on the vector and special-function units;
// scores never reach memory. Decode splits the keys over the cores that sequences and heads leave
// idle and merges the parts with a second kernel.
#include <cmath>

#include "chips/simt_rates.h"

namespace tessera {
namespace {

constexpr double kQueryBlock = 128;
constexpr double kKeyBlock = 128;
constexpr double kDecodeQueryBlock = 64;  // Rows of one matrix instruction of a warp group.
constexpr double kDecodeKeyBlock = 64;
// fp32 operations of one score, as FLOPs of fused units: scale, maximum, subtract, sum, convert;
// backward also the gradient of the softmax.
constexpr double kForwardVectorFlops = 10;
constexpr double kBackwardVectorFlops = 24;
// Share of the shorter of products and softmax that two query blocks in flight do not hide.
constexpr double kForwardExposed = 0.5;
// Loading queries and writing the output of one block, in main loops of other blocks' shadow only
// in part.
constexpr double kBlockOverhead = 2e-6;
constexpr double kDecodeStepLatency =
    0.5e-6;  // Barriers between the two products of one key block.

// Seconds of one core for one score: matrix unit alone, softmax alone.
struct ScoreTime {
  double matrix, vector;
};

ScoreTime ScoreTimeOf(const Operator& op, const SimtRates& rates) {
  const bool backward = op.phase == AttentionPhase::kBackward;
  const auto qk = static_cast<double>(op.head_dim_qk);
  const auto v = static_cast<double>(op.head_dim_v);
  const double flops = 2 * (backward ? 3 * qk + 2 * v : qk + v);
  const double vector_flops = backward ? kBackwardVectorFlops : kForwardVectorFlops;
  return {.matrix = flops / rates.core_flops[static_cast<size_t>(op.compute)],
          .vector = 1 / rates.core_special_functions + vector_flops / rates.core_vector_flops};
}

double Clock(const Operator& op, const SimtRates& rates, double busy_share) {
  return PowerLimitedClock(rates.clock[static_cast<size_t>(op.compute)], busy_share);
}

// Prefill and backward: rows of equal blocks in waves; a causal row ends in a half-used key block.
void SetBlockTime(const Operator& op, const SimtRates& rates, KernelTime& time) {
  const auto q = static_cast<double>(op.q_len);
  const auto sequences = static_cast<double>(op.batch * op.heads);
  const double pairs = VisiblePairs(op) + (op.causal ? q * kKeyBlock / 2 : 0);
  const double blocks = sequences * std::ceil(q / kQueryBlock);
  // Blocks of the last wave leave cores idle; many blocks are packed longest first.
  const double waves = std::max(1.0, blocks / rates.cores + (blocks > rates.cores ? 0.5 : 0));
  const ScoreTime score = ScoreTimeOf(op, rates);
  const double exposed = op.phase == AttentionPhase::kBackward ? 1 : kForwardExposed;
  const double per_score =
      std::max(score.matrix, score.vector) + exposed * std::min(score.matrix, score.vector);
  const double scores_per_block = sequences * pairs / blocks;
  const double busy = waves * (scores_per_block * per_score + kBlockOverhead);
  const double clock = Clock(op, rates, score.matrix / per_score);
  time.matrix = busy / clock;
  time.vector = waves * scores_per_block * score.vector;
  time.fixed = rates.matrix_prologue;
}

// Decode: each core takes an equal share of all key blocks, and pays for the queries it loads and
// the fp32 partial output it writes (and the merge reads) like for so many key blocks more.
void SetDecodeTime(const Operator& op, const SimtRates& rates, KernelTime& time) {
  const auto qk = static_cast<double>(op.head_dim_qk);
  const auto v = static_cast<double>(op.head_dim_v);
  const auto kv_heads = static_cast<double>(op.kv_heads);
  const double rows = static_cast<double>(op.heads * op.q_len) / kv_heads;
  const double row_tiles = std::ceil(rows / kDecodeQueryBlock);
  const double tile_rows = std::min(rows, kDecodeQueryBlock);
  const double units = static_cast<double>(op.batch) * kv_heads * row_tiles;
  const double blocks = std::ceil(static_cast<double>(op.kv_len) / kDecodeKeyBlock);
  const double key_bytes = kDecodeKeyBlock * (op.latent ? qk : qk + v) * StorageBits(op.kv) / 8;
  const double extra = tile_rows * (qk * StorageBits(op.input) / 8 + 2 * v * 4) / key_bytes;
  const ScoreTime score = ScoreTimeOf(op, rates);
  const double scores = kDecodeQueryBlock * kDecodeKeyBlock;  // Short tiles are padded.
  const double matrix = scores * score.matrix;
  const double vector = tile_rows * kDecodeKeyBlock * score.vector;
  const double share = matrix / (matrix + vector + kDecodeStepLatency);
  const double step =
      std::max((matrix + vector) / Clock(op, rates, share), key_bytes / rates.core_bandwidth) +
      kDecodeStepLatency;
  const double steps = std::max(1.0, units * (blocks + extra) / rates.cores) + extra;
  time.matrix = steps * step;
  time.vector = steps * vector;
  time.fixed = 2 * rates.matrix_prologue;
}

}  // namespace

KernelTime SimtAttention(const Operator& op, const SimtRates& rates) {
  KernelTime time;
  if (op.phase == AttentionPhase::kDecode) {
    SetDecodeTime(op, rates, time);
  } else {
    SetBlockTime(op, rates, time);
  }
  time.memory_bytes = static_cast<double>(MinimumBytes(op).count() / op.count);
  time.memory =
      time.memory_bytes / std::min(rates.read_bandwidth, rates.cores * rates.core_bandwidth);
  time.total = time.fixed + std::max(time.matrix, time.memory);
  return time;
}

}  // namespace tessera
