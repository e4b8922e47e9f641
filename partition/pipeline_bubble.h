// Bubble formulas of pipeline orders. Sources: domain notes 2.3; Narayanan 2021; Qi 2024
// (arXiv 2401.10241); DeepSeek-V3 (arXiv 2412.19437).
#pragma once

#include "configs/job_spec.h"

namespace tessera {

// Share of the passes of one stage that the pipeline's fill and drain cost, by schedule.
double BubblePasses(const PlanSpec& plan);

// Messages that each micro-batch waits for in the steady state. With exactly `pipeline`
// micro-batches in flight the round trip through all stages sets the pace, its hops included;
// schedules with more in flight have slack.
double SteadyHops(const PlanSpec& plan);

}  // namespace tessera
