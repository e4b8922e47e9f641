#include "nodes/fold.h"

#include <numeric>

#include "topology/scale_out.h"

namespace tessera {
namespace {

// Ranks of one stage that repeat themselves: two nodes, two members of every group that is folded,
// and whole groups of all others.
int64_t PeriodOf(const ScenarioSpec& scenario, const PlanSpec& plan) {
  const int64_t node = int64_t{scenario.system.chips_per_node} * scenario.system.ranks_per_chip;
  const int64_t replica = int64_t{plan.tensor} * plan.context;
  int64_t period = std::lcm(2 * node, 2 * replica);
  if (scenario.model.moe) {
    period = std::lcm(period, int64_t{2} * plan.expert * plan.expert_tensor);
  }
  if (plan.zero_group < plan.data * plan.context) {
    period = std::lcm(period, 2 * int64_t{plan.tensor} * plan.zero_group);
  }
  return period;
}

bool ProgramsRepeat(const ProgramSet& programs, int64_t stage_ranks, int64_t period) {
  const auto ranks = static_cast<int64_t>(programs.program_of_rank.size());
  for (int64_t rank = 0; rank < ranks; ++rank) {
    const int64_t in_stage = rank % stage_ranks;
    if (in_stage < period) continue;
    const int64_t first = rank - in_stage + in_stage % period;
    if (programs.program_of_rank[static_cast<size_t>(rank)] !=
        programs.program_of_rank[static_cast<size_t>(first)]) {
      return false;
    }
  }
  return true;
}

// Pipeline neighbours are on different leaves where they were, as near as that can be said of all.
void PlaceOnLeaves(int stage_nodes, Fold& fold) {
  fold.machine.system.scale_out->nodes_per_leaf = fold.exact ? fold.machine.nodes : stage_nodes;
}

}  // namespace

std::optional<Fold> FoldOf(const ScenarioSpec& scenario, const LoweredJob& job) {
  if (!std::holds_alternative<TrainingJob>(scenario.job) || !scenario.system.scale_out) {
    return std::nullopt;
  }
  const int ranks = RanksOf(scenario);
  const PlanSpec& plan = job.plan;
  if (plan.rank_order != 0) return std::nullopt;  // Stages are not blocks of nodes.
  const int64_t stage_ranks = ranks / plan.pipeline;
  const int64_t period = PeriodOf(scenario, plan);
  if (period >= stage_ranks || stage_ranks % period != 0) return std::nullopt;
  if (!ProgramsRepeat(job.programs, stage_ranks, period)) return std::nullopt;

  Fold fold;
  fold.factor = static_cast<int>(stage_ranks / period);
  fold.plan = plan;
  fold.plan.data = plan.data / fold.factor;
  if (plan.zero_group == plan.data * plan.context) fold.plan.zero_group /= fold.factor;
  fold.machine.system = scenario.system;
  fold.machine.chips = RanksOf(scenario) / fold.factor / scenario.system.ranks_per_chip;
  fold.machine.nodes = fold.machine.chips / scenario.system.chips_per_node;
  fold.exact = scenario.nodes <= NodesPerLeaf(scenario.system);
  PlaceOnLeaves(fold.machine.nodes / plan.pipeline, fold);

  const RankMap all(plan, ranks);
  const RankMap running(fold.plan, ranks / fold.factor);
  for (int axis = 0; axis < kAxisCount; ++axis) {
    const auto a = static_cast<Axis>(axis);
    fold.of_axis[static_cast<size_t>(axis)] = all.GroupSize(a) / running.GroupSize(a);
  }
  return fold;
}

}  // namespace tessera
