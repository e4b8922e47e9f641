// Host time of a sparse layer whose kernels are issued one by one.
//
// Every kernel takes the host one call through the framework and its automatic differentiation
// (OverheadSpec::framework_call). Dense layers hide that behind long products. A sparse layer has
// many short kernels, and those of its experts grow with the experts that a rank holds, not with
// tokens: each product of each expert is a kernel, and so is each pass that quantises an operand.
// Where that takes longer than the device, the device waits.
//
// Kernels of the rest of a layer are counted from the modules of Megatron-Core: about 60 forward
// (norms, projections, rotation, attention, residuals; router, top-k, masks, counts; permutation,
// exchange, sorting by expert, activation) and twice as many backward, with gradient buffers.
// Wrong where graphs replay a part of the layer, and by how fast the host is.
#pragma once

#include "core/units.h"
#include "partition/lowering_context.h"

namespace tessera {

// Of one sparse layer and micro-batch on one rank; zero where the software replays graphs.
struct HostIssueTime {
  Duration forward{};
  Duration backward{};  // With the forward pass that full recomputation repeats.
};
HostIssueTime SparseIssueTime(const LoweringContext& context);

}  // namespace tessera
