// What is computed: operators with their shapes, before anybody knows who computes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/precision.h"
#include "core/units.h"

namespace tessera {

enum class OperatorKind : uint8_t {
  kGemm,       // [m,k] x [k,n], `groups` times with own weights (grouped GEMM of experts when > 1).
  kAttention,  // Scores, softmax and value product of one layer, flash style (scores stay on chip).
  kVector,     // Element-wise or reduction over memory: norms, activations, residuals, optimizer.
};

enum class AttentionPhase : uint8_t { kPrefill, kBackward, kDecode };

// What an operator belongs to, for breakdowns. Order is the order of reports.
enum class OperatorClass : uint8_t {
  kEmbedding,
  kAttentionProjection,
  kAttentionCore,
  kMlp,
  kExpert,
  kRouter,
  kNorm,
  kLmHead,
  kLoss,
  kOptimizer,
  kRecompute,
  kHostOverhead,  // The host between steps: scheduling, sampling, launching.
  kHostTransfer,  // Waiting for offloaded weights, cache or state from the host's memory.
  kOther,
};
inline constexpr int kOperatorClassCount = 14;
const char* OperatorClassName(OperatorClass c);

struct Operator {
  OperatorKind kind = OperatorKind::kVector;
  OperatorClass category = OperatorClass::kOther;
  const char* name = "";  // Static string: "qkv_projection", ...

  // kGemm. m rows of activations, n outputs, k inputs.
  int64_t m = 0, n = 0, k = 0;
  int64_t groups = 1;
  // Rows over all groups where they differ (routed tokens); `m` is then the fullest group. 0: every
  // group has m rows.
  int64_t total_rows = 0;
  Precision compute = Precision::kBf16;  // Rate of the matrix unit.
  Precision weights = Precision::kBf16;  // Stored right operand.
  Precision input = Precision::kBf16;    // Stored left operand.
  Precision output = Precision::kBf16;   // Stored result.
  bool accumulate_fp32_output =
      false;  // Weight gradients added to an fp32 buffer (read and write).
  // Passes of the multiplier per product on chips that split mantissas (Tenstorrent fidelity: LoFi
  // 1, HiFi2 2, HiFi4 4); 0: what the format needs.
  int math_phases = 0;

  // kAttention, of one chip.
  AttentionPhase phase = AttentionPhase::kPrefill;
  int64_t batch = 0, heads = 0, kv_heads = 0, q_len = 0, kv_len = 0;
  int64_t head_dim_qk = 0, head_dim_v = 0;
  bool latent =
      false;  // MLA in absorbed form: one shared key/value of head_dim_qk = kv_rank + rope.
  bool causal = false;
  Precision kv = Precision::kBf16;

  // kVector.
  Bytes read;
  Bytes written;
  Flops vector_flops;

  int64_t count = 1;  // Equal operators run one after the other.
};

// Rows of the left operand over all groups of one kGemm.
constexpr int64_t GemmRows(const Operator& op) {
  return op.total_rows > 0 ? op.total_rows : op.groups * op.m;
}
// Pairs of one query and one visible key, of one head and sequence of a kAttention. Causal: the
// queries are the last q_len positions and see up to kv_len keys, themselves included (so kv_len <
// q_len describes a sliding window of kv_len keys).
double VisiblePairs(const Operator& op);

// Matrix FLOPs of all `count` operators. Attention: two products forward, five backward under flash
// attention, which recomputes the scores.
Flops MatrixFlops(const Operator& op);
// Bytes that must cross the main memory at least once for all `count` operators.
Bytes MinimumBytes(const Operator& op);

}  // namespace tessera
