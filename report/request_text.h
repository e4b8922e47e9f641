// What was asked and what came out, as pairs of a label and a text for tables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "configs/job_spec.h"
#include "nodes/simulation.h"

namespace tessera {

using Facts = std::vector<std::pair<std::string, std::string>>;

const char* ScheduleName(PipelineSchedule schedule);  // "1f1b", as scenarios write it.
const char* RecomputeName(Recompute recompute);
const char* JobName(const ScenarioSpec& scenario);  // "training", "inference", "collective".

// "llama3p1_70b inference on 8 x h100_sxm (dgx_h100)".
std::string Title(const ScenarioSpec& scenario, const SimulationResult& result);

// Fidelity of both tiers and routing, as scenarios write them; "" where all are the defaults.
std::string FabricText(const FabricSpec& fabric);

// What dispatches and combines the tokens of experts: "deepep_v1 low-latency"; "" where none are
// exchanged. O(instructions).
std::string ExpertExchangeText(const ScenarioSpec& scenario, const LoweredJob& job);

// Job, machine, precision, plan and, where they are not the usual ones, fabric, power cap, options
// of the job; for sparse models, routing and what exchanges tokens.
Facts RequestFacts(const ScenarioSpec& scenario, const SimulationResult& result);

// The headline numbers that the job has.
Facts HeadlineFacts(const SimulationResult& result);

}  // namespace tessera
