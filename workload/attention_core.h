// Scores, softmax and value product of one layer on one rank.
#pragma once

#include "workload/local_shape.h"

namespace tessera {

void AppendAttentionCore(const ModelSpec& model, const ShardShape& shape, OperatorList& list);
void AppendAttentionCoreBackward(const ModelSpec& model, const ShardShape& shape,
                                 OperatorList& list);

}  // namespace tessera
