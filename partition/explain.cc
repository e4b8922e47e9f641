#include "partition/explain.h"

#include <array>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "partition/communication_estimate.h"
#include "partition/memory.h"
#include "partition/stage_parameters.h"

namespace tessera {
namespace {

TierBytes BytesSent(const Instruction& i, const CommunicationEstimate::Placement& place,
                    bool one_node) {
  const auto size = static_cast<double>(i.bytes.count());
  if (i.kind == InstructionKind::kSend) return one_node ? TierBytes{size, 0} : TierBytes{0, size};
  const double g = place.members_per_node;
  const double nodes = place.nodes;
  if (i.op == CollectiveOp::kAllToAll || i.op == CollectiveOp::kAllToAllV) {
    const double n = g * nodes;
    return {size * (g - 1) / n, size * (n - g) / n};
  }
  const double passes = i.op == CollectiveOp::kAllReduce ? 2 : 1;
  return {passes * size * (g - 1) / g, passes * size * (nodes - 1) / nodes / g};
}

std::string LayersOfStage(const ModelPartition& partition, int stage) {
  std::string layers;
  for (const int chunk : partition.ChunksOf(stage)) {
    const int first = partition.first_layer(chunk);
    const int end = partition.end_layer(chunk);
    const char* space = layers.empty() ? "" : " ";
    if (chunk == 0) absl::StrAppend(&layers, space, "embedding");
    if (first < end) absl::StrAppend(&layers, layers.empty() ? "" : " ", first, "-", end - 1);
    if (chunk == partition.chunks() - 1) absl::StrAppend(&layers, " output");
  }
  return layers;
}

int LayerCount(const ModelPartition& partition, int stage) {
  int layers = 0;
  for (const int chunk : partition.ChunksOf(stage)) {
    layers += partition.end_layer(chunk) - partition.first_layer(chunk);
  }
  return layers;
}

bool Communicates(const Instruction& i) {
  return i.kind == InstructionKind::kCollective || i.kind == InstructionKind::kCollectiveAsync ||
         i.kind == InstructionKind::kSend;
}

// Calls of one pass, operation, axis, size and stream, and their number on a rank.
using CallKind = std::tuple<std::string, CollectiveOp, Axis, bool, int64_t>;
struct CallCount {
  int64_t calls = 0;
  TierBytes each;
};

class Explainer {
 public:
  Explainer(const ScenarioSpec& scenario, const LoweredJob& job)
      : scenario_(scenario),
        job_(job),
        ranks_(RanksOf(scenario)),
        map_(job.plan, ranks_),
        estimate_(scenario.system, job.plan, ranks_),
        partition_(scenario.model, job.plan) {}

  PlanExplanation Explain() {
    PlanExplanation explanation{.plan = job_.plan, .ranks = ranks_};
    for (int stage = 0; stage < job_.plan.pipeline; ++stage) {
      const RankParameters held = partition_.OfStage(stage);
      explanation.tensors.push_back({.stage = stage,
                                     .layers = LayersOfStage(partition_, stage),
                                     .dense_parameters = held.dense,
                                     .expert_parameters = held.expert,
                                     .memory = MemoryOfStage(scenario_, job_.plan, stage)});
      AddCommunication(stage, explanation.communication);
    }
    return explanation;
  }

 private:
  std::map<CallKind, CallCount> CallsOfStage(int stage) const {
    const bool one_node =
        ranks_ <= scenario_.system.chips_per_node * scenario_.system.ranks_per_chip;
    const auto rank = static_cast<size_t>(map_.AtStage(0, stage));
    const auto program = static_cast<size_t>(job_.programs.program_of_rank[rank]);
    std::map<CallKind, CallCount> calls;
    for (const Instruction& i : job_.programs.programs[program].instructions) {
      if (!Communicates(i)) continue;
      const bool hidden = i.kind != InstructionKind::kCollective && !i.blocking;
      CallCount& entry =
          calls[{job_.programs.labels[i.label], i.op, i.axis, hidden, i.bytes.count()}];
      entry.calls += i.count;
      entry.each = BytesSent(i, estimate_.PlacementOf(i.axis), one_node);
    }
    return calls;
  }

  // Merges stages that do the same.
  void AddCommunication(int stage, std::vector<StageCommunication>& rows) {
    const int64_t passes = LayerCount(partition_, stage) * MicrobatchCount(scenario_, job_.plan);
    for (const auto& [kind, count] : CallsOfStage(stage)) {
      const auto [found, added] = row_of_.try_emplace({kind, count.calls}, rows.size());
      if (!added) {
        rows[found->second].stages.push_back(stage);
        continue;
      }
      const auto& [pass, op, axis, hidden, bytes] = kind;
      const auto times = static_cast<double>(count.calls);
      const bool by_layer =
          passes > 0 && count.calls % passes == 0 && op != CollectiveOp::kSendRecv;
      rows.push_back({.stages = {stage},
                      .pass = pass,
                      .op = op,
                      .axis = axis,
                      .ranks = op == CollectiveOp::kSendRecv ? 2 : map_.GroupSize(axis),
                      .hidden = hidden,
                      .calls = count.calls,
                      .calls_per_layer = by_layer ? times / static_cast<double>(passes) : 0,
                      .bytes = Bytes(bytes),
                      .sent = {times * count.each.scale_up, times * count.each.scale_out}});
    }
  }

  const ScenarioSpec& scenario_;
  const LoweredJob& job_;
  int ranks_;
  RankMap map_;
  CommunicationEstimate estimate_;
  ModelPartition partition_;
  std::map<std::pair<CallKind, int64_t>, size_t> row_of_;
};

}  // namespace

PlanExplanation Explain(const ScenarioSpec& scenario, const LoweredJob& job) {
  return Explainer(scenario, job).Explain();
}

}  // namespace tessera
