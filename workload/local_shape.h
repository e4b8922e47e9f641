// What of a layer's shape one rank holds: tokens, heads and keys after the tensor and context
// split.
#pragma once

#include <algorithm>

#include "workload/layer_operators.h"
#include "workload/operator_list.h"

namespace tessera {

struct LocalShape {
  int64_t q_len = 0;      // New tokens of one sequence here.
  int64_t rows = 0;       // Tokens here, all sequences.
  int64_t norm_rows = 0;  // Tokens of norms and residuals: split by tensor ranks too with SP.
  int64_t heads = 0;
  int64_t kv_heads = 0;
};

// Decode does not split its one new token over context ranks: each sees all of them and attends to
// its share of the keys.
inline LocalShape LocalShapeOf(const ModelSpec& model, const ShardShape& shape) {
  LocalShape local;
  const bool decode = shape.phase == AttentionPhase::kDecode;
  local.q_len = decode ? shape.q_len : CeilDiv(shape.q_len, shape.context);
  local.rows = shape.batch * local.q_len;
  local.norm_rows = shape.sequence_parallel ? CeilDiv(local.rows, shape.tensor) : local.rows;
  local.heads = CeilDiv<int64_t>(model.heads, shape.tensor);
  local.kv_heads = std::max<int64_t>(1, CeilDiv<int64_t>(model.kv_heads, shape.tensor));
  return local;
}

}  // namespace tessera
