// Time and memory of a training plan on a tabulated machine (configs/tabulated_machine.h), in the
// closed form of Isaev et al., "Calculon: a methodology and tool for high-level co-design of
// systems and large language models", SC 2023: a block is a list of layers whose computation and
// memory times add up, tensor collectives stand between them, a pipeline of equal stages runs
// interleaved 1F1B. Fused activation, no offload, no overlap.
#pragma once

#include <functional>

#include "configs/tabulated_machine.h"

namespace tessera {

struct TabulatedCost {
  double seconds = 0;  // Of one batch.
  double memory_bytes = 0;
  double samples_per_second = 0;
};

// False for plans whose groups do not fit on, or fill, the networks they use.
bool FitsNetworks(const TabulatedPlan& plan, const TabulatedMachine& machine);

// Precondition: degrees divide what they split. O(layers of a block).
TabulatedCost CostOfTabulated(const TabulatedPlan& plan, const TabulatedModel& model,
                              const TabulatedMachine& machine);

struct TabulatedSpace {
  int processors = 1;
  int max_batch = 1;
};
// Calls `visit` for every plan: divisors of the processors that divide hidden size and heads, of
// the rest that divide the blocks, interleaving and micro-batches that divide, each recomputation,
// sharding, tensor traffic and network of an axis in use.
void VisitTabulatedPlans(const TabulatedSpace& space, const TabulatedModel& model,
                         const TabulatedMachine& machine,
                         const std::function<void(const TabulatedPlan&)>& visit);

}  // namespace tessera
