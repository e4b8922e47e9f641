// What the zeros of an operator are worth on a chip: N:M patterns that the hardware knows, blocks
// and single zeros that a style can leave out in whole pieces, zero inputs that spare rows of
// weights, masks that spare attention. Each with its index, its granularity and its imbalance.
// Domain notes 5.
#pragma once

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/sparsity_spec.h"

namespace tessera {

// Left of one product.
struct SparseShares {
  double time = 1;    // Of the matrix unit, over dense products.
  double stored = 1;  // Bytes of the right operand, with their index.
  double done = 1;    // Products that are really done.
};

// Bytes of weights with their index over those of all values, on any chip.
double StoredShare(const SparsitySpec& zeros, Precision weights);

// `op` is a kGemm. Hardware: 2:4 on GPUs with sparse rates; up to 4:16 on Trainium; any zero on a
// wafer. Other zeros help where whole pieces of the size that the style can leave out are zero.
SparseShares SparseSharesOf(const Operator& op, const SparsitySpec& zeros, const ChipSpec& spec);

// Cost of `op` with `zeros`; passes over memory are as they were. Errors: those of ChipModel::Cost.
absl::StatusOr<OperatorCost> SparseCost(const ChipModel& chip, const Operator& op,
                                        const SparsitySpec& zeros, const ChipUse& use);

}  // namespace tessera
