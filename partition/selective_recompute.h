// What selective recomputation repeats in the backward pass, where the attention core keeps no
// scores (software that writes scores to memory repeats the core alone).
//
// Norms and activation functions: little work that frees whole activations (Megatron-Core's
// recompute modules layernorm and moe_act). On TPUs, software whose recipes keep no more than layer
// inputs and projections of attention (FrameworkFacts::selective_repeats_products) repeats all that
// gradients need beyond: the attention core and the first product of the MLP, with what lays tokens
// out by expert. The last product of a block is not repeated: no gradient needs its result.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "partition/lowering_context.h"
#include "workload/operator.h"

namespace tessera {

std::vector<Operator> RepeatedBySelective(const LoweringContext& context,
                                          absl::Span<const Operator> forward);

}  // namespace tessera
