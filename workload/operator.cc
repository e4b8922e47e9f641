#include "workload/operator.h"

#include <algorithm>
#include <array>

namespace tessera {
namespace {

constexpr std::array<const char*, kOperatorClassCount> kClassNames = {
    "embedding",      "attention_projection",
    "attention_core", "mlp",
    "expert",         "router",
    "norm",           "lm_head",
    "loss",           "optimizer",
    "recompute",      "host_overhead",
    "host_transfer",  "other"};

Bytes GemmBytes(const Operator& op) {
  const int64_t rows = GemmRows(op);
  Bytes bytes =
      StorageBytes(op.input, rows * op.k) + StorageBytes(op.weights, op.groups * op.k * op.n);
  const int64_t results = rows * op.n;
  return bytes +
         (op.accumulate_fp32_output ? Bytes(8 * results) : StorageBytes(op.output, results));
}

Bytes AttentionBytes(const Operator& op) {
  const int64_t queries = op.batch * op.heads * op.q_len;
  const int64_t keys = op.batch * op.kv_heads * op.kv_len;
  const Bytes q = StorageBytes(op.input, queries * op.head_dim_qk);
  const Bytes o = StorageBytes(op.output, queries * op.head_dim_v);
  const Bytes kv =
      StorageBytes(op.kv, keys * (op.latent ? op.head_dim_qk : op.head_dim_qk + op.head_dim_v));
  // Backward reads q, k, v, o and the gradient of o, and writes those of q, k and v.
  return op.phase == AttentionPhase::kBackward ? 2 * (q + o + kv) : q + o + kv;
}

}  // namespace

const char* OperatorClassName(OperatorClass c) { return kClassNames[static_cast<size_t>(c)]; }

double VisiblePairs(const Operator& op) {
  const auto q = static_cast<double>(op.q_len);
  const auto kv = static_cast<double>(op.kv_len);
  if (!op.causal) return q * kv;
  const double corner = std::min(q, kv);
  return q * kv - corner * (corner - 1) / 2;
}

Flops MatrixFlops(const Operator& op) {
  const auto count = static_cast<double>(op.count);
  switch (op.kind) {
    case OperatorKind::kGemm:
      return Flops(2 * count * static_cast<double>(GemmRows(op)) * static_cast<double>(op.n) *
                   static_cast<double>(op.k));
    case OperatorKind::kAttention: {
      const auto qk = static_cast<double>(op.head_dim_qk);
      const auto v = static_cast<double>(op.head_dim_v);
      const double per_pair = op.phase == AttentionPhase::kBackward ? 3 * qk + 2 * v : qk + v;
      return Flops(2 * count * static_cast<double>(op.batch * op.heads) * VisiblePairs(op) *
                   per_pair);
    }
    case OperatorKind::kVector:
      break;
  }
  return Flops(0);
}

Bytes MinimumBytes(const Operator& op) {
  switch (op.kind) {
    case OperatorKind::kGemm:
      return GemmBytes(op) * op.count;
    case OperatorKind::kAttention:
      return AttentionBytes(op) * op.count;
    case OperatorKind::kVector:
      break;
  }
  return (op.read + op.written) * op.count;
}

}  // namespace tessera
