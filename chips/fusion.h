// Chains of operators as one kernel: what a producer leaves on the chip for its consumer crosses
// the main memory neither way. An edge is fused when the tile that the consumer needs at a time
// fits the core-local memory; bytes saved: twice the intermediate. Domain notes 5. Systolic and
// multi-engine compilers fuse passes by themselves: their kernels count half of such bytes already.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chips/chip_model.h"

namespace tessera {

// From one operator of a chain to the next.
struct ChainEdge {
  Bytes intermediate;  // What the producer writes and the consumer reads.
  Bytes working_set;   // On chip at a time, double-buffered.
  bool fits = false;
};

// Edges of `chain`, one fewer than operators. A consumer needs of its producer: a tile for
// element-wise passes, whole rows for norms and products, everything for attention.
std::vector<ChainEdge> ChainEdges(const ChipSpec& chip, absl::Span<const Operator> chain);

// Bytes that must cross the main memory, with the edges that fit fused or none of them.
Bytes UnfusedBytes(absl::Span<const Operator> chain);
Bytes FusedBytes(absl::Span<const Operator> chain, absl::Span<const ChainEdge> edges);

struct ChainCost {
  std::vector<OperatorCost> operators;  // Each as a kernel of its own.
  std::vector<ChainEdge> edges;
  OperatorCost unfused;  // Their sum.
  OperatorCost fused;    // Runs of fused operators: one launch, times side by side.
};
// Errors: those of ChipModel::Cost; an empty chain.
absl::StatusOr<ChainCost> CostOfChain(const ChipModel& chip, absl::Span<const Operator> chain,
                                      const ChipUse& use);

}  // namespace tessera
