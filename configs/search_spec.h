// The space of plans that `tessera search` looks through: values for each part of a plan.
#pragma once

#include <vector>

#include "configs/job_spec.h"

namespace tessera {

// Parts without values take the usual ones (partition/plan_space.h).
struct SearchSpec {
  std::vector<int> tensor{}, pipeline{}, context{}, expert{}, virtual_stages{}, micro_batch{};
  std::vector<int> zero_stage{}, zero_group{};
  std::vector<PipelineSchedule> schedule{};
  std::vector<Recompute> recompute{};
  std::vector<ContextExchange> context_exchange{};
  std::vector<int> rank_order{};
  std::vector<bool> sequence_parallel{}, overlap_data{}, overlap_tensor{}, optimizer_offload{};
};

struct SearchScenario {
  ScenarioSpec scenario;
  SearchSpec space;
};

}  // namespace tessera
