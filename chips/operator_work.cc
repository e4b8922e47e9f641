#include "chips/operator_work.h"

namespace tessera {
namespace {

// fp32 operations of one score, as FLOPs of fused units; backward also the softmax gradient.
constexpr double kForwardVectorFlops = 10;
constexpr double kBackwardVectorFlops = 24;

}  // namespace

OperatorWork WorkOf(const Operator& op) {
  const auto count = static_cast<double>(op.count);
  OperatorWork work;
  work.matrix_flops = MatrixFlops(op).value() / count;
  const double bytes = static_cast<double>(MinimumBytes(op).count()) / count;
  switch (op.kind) {
    case OperatorKind::kGemm:
      work.stationary_bytes =
          static_cast<double>(StorageBytes(op.weights, op.groups * op.k * op.n).count());
      break;
    case OperatorKind::kAttention: {
      const double scores = static_cast<double>(op.batch * op.heads) * VisiblePairs(op);
      const int64_t values = op.latent ? op.head_dim_qk : op.head_dim_qk + op.head_dim_v;
      work.exponentials = scores;
      work.vector_flops = scores * (op.phase == AttentionPhase::kBackward ? kBackwardVectorFlops
                                                                          : kForwardVectorFlops);
      work.stationary_bytes = static_cast<double>(
          StorageBytes(op.kv, op.batch * op.kv_heads * op.kv_len * values).count());
      break;
    }
    case OperatorKind::kVector:
      work.vector_flops = op.vector_flops.value();
      break;
  }
  work.moving_bytes = bytes - work.stationary_bytes;
  return work;
}

}  // namespace tessera
