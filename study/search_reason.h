// Why one plan of a search loses against another, in words.
#pragma once

#include <string>
#include <vector>

#include "partition/partition.h"
#include "study/search.h"

namespace tessera {

// "tensor 8, pipeline 4 (2 chunks, interleaved), data 16, micro_batch 1, zero 1, recompute none".
std::string PlanText(const PlanSpec& plan);

// Simulated time, else that of the closed form.
Duration StepOf(const FoundPlan& plan);

bool IsOnFront(const FoundPlan& plan, const std::vector<FoundPlan>& others);

// The parts of the step that are longer, the largest first: "0.312 s slower: pipeline bubble
// +0.250 s, recomputation +0.100 s".
std::string WhyItLoses(const FoundPlan& loser, const FoundPlan& winner);
// "weights do not fit: 96.1 GiB needed, 80.0 GiB there".
std::string WhyItDoesNotFit(const MemoryUse& memory);

}  // namespace tessera
