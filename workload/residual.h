// Norms and residual connections around the blocks of a layer. Bytes per token and hidden value,
// two byte activations: training forward norm 4, residual add 6 (7 with dropout, its mask a byte);
// inference engines fuse the add into the next norm, 8 together. Source: domain notes 7C (22 s*b*h
// bytes a layer outside the products, with dropout).
#pragma once

#include "workload/local_shape.h"

namespace tessera {

void AppendNorm(const ModelSpec& model, const ShardShape& shape, OperatorList& list);
void AppendResidual(const ModelSpec& model, const ShardShape& shape, OperatorList& list);
void AppendNormBackward(const ModelSpec& model, const ShardShape& shape, OperatorList& list);
void AppendResidualBackward(const ModelSpec& model, const ShardShape& shape, OperatorList& list);

}  // namespace tessera
