// A lowering context together with everything that it refers to.
#pragma once

#include <string>
#include <vector>

#include "partition/lowering_context.h"
#include "partition/stage_parameters.h"

namespace tessera {

// For one plan; the scenario and the chip outlive it.
struct PlanContext {
  PlanContext(const ScenarioSpec& scenario, const ChipModel& chip, const PlanSpec& completed)
      : plan(completed),
        map(plan, RanksOf(scenario)),
        estimate(scenario.system, plan, RanksOf(scenario)),
        counts(CountParameters(scenario.model)),
        partition(scenario.model, plan),
        context{.scenario = scenario,
                .plan = plan,
                .chip = chip,
                .facts = FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year),
                .map = map,
                .estimate = estimate,
                .counts = counts,
                .labels = labels,
                .matrices = matrices,
                .token_exchanges = token_exchanges,
                .assumptions = assumptions} {}

  PlanSpec plan;
  RankMap map;
  CommunicationEstimate estimate;
  ParameterCounts counts;
  ModelPartition partition;
  LabelTable labels;
  std::vector<std::vector<Bytes>> matrices;
  std::vector<TokenExchange> token_exchanges;
  std::vector<std::string> assumptions;
  LoweringContext context;
};

}  // namespace tessera
