// A chip whose software makes use of the zeros of a model: products with weights of layers cost
// what chips/sparse_cost.h says, attention looks at the keys that a mask leaves. Embedding, router
// and output layer stay dense, as pruning leaves them.
#pragma once

#include <memory>

#include "chips/chip_model.h"
#include "configs/sparsity_spec.h"

namespace tessera {

// Whether pruning reaches the weights of such operators.
bool IsPruned(OperatorClass category);

// Has zeros at all.
bool IsSparse(const SparsitySpec& zeros);

// Errors of Cost: those of `dense`.
std::unique_ptr<ChipModel> MakeSparseChip(std::unique_ptr<ChipModel> dense,
                                          const SparsitySpec& zeros);

}  // namespace tessera
