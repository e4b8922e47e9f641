#include "partition/explain.h"

#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "partition/communication_estimate.h"
#include "partition/stage_parameters.h"

namespace tessera {
namespace {

std::string Gibibytes(double bytes) { return absl::StrFormat("%.2f GiB", bytes / (1 << 30)); }

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

std::string GridText(const PlanSpec& plan, int ranks) {
  return absl::StrFormat(
      "ranks     %d = tensor %d x context %d x data %d x pipeline %d, tensor fastest\n"
      "experts   %d positions, each expert split %d ways\n"
      "pipeline  %d chunks a stage, micro-batch %d\n"
      "states    zero %d over %d ranks\n",
      ranks, plan.tensor, plan.context, plan.data, plan.pipeline, plan.expert, plan.expert_tensor,
      plan.virtual_stages, plan.micro_batch, plan.zero_stage, plan.zero_group);
}

std::string StageText(const ScenarioSpec& scenario, const PlanSpec& plan) {
  const ModelPartition partition(scenario.model, plan);
  std::string text = absl::StrFormat("\n%-6s %-28s %18s %18s\n", "stage", "layers",
                                     "dense parameters", "expert parameters");
  for (int stage = 0; stage < plan.pipeline; ++stage) {
    std::string layers;
    for (const int chunk : partition.ChunksOf(stage)) {
      if (chunk == 0) absl::StrAppend(&layers, "embedding ");
      if (partition.first_layer(chunk) < partition.end_layer(chunk)) {
        absl::StrAppend(&layers, partition.first_layer(chunk), "-", partition.end_layer(chunk) - 1,
                        " ");
      }
      if (chunk == partition.chunks() - 1) absl::StrAppend(&layers, "output");
    }
    const RankParameters held = partition.OfStage(stage);
    absl::StrAppendFormat(&text, "%-6d %-28s %18.0f %18.0f\n", stage, layers, held.dense,
                          held.expert);
  }
  return text;
}

std::string MemoryText(const MemoryUse& use) {
  std::string text = absl::StrFormat("\nmemory of rank %d\n", use.rank);
  for (int c = 0; c < kTensorClassCount; ++c) {
    const Bytes bytes = use.by_class[static_cast<size_t>(c)];
    absl::StrAppendFormat(&text, "  %-13s %12s\n", TensorClassName(static_cast<TensorClass>(c)),
                          Gibibytes(static_cast<double>(bytes.count())));
  }
  absl::StrAppendFormat(&text, "  %-13s %12s of %s\n", "total",
                        Gibibytes(static_cast<double>(use.total.count())),
                        Gibibytes(static_cast<double>(use.capacity.count())));
  return text;
}

bool Communicates(const Instruction& i) {
  return i.kind == InstructionKind::kCollective || i.kind == InstructionKind::kCollectiveAsync ||
         i.kind == InstructionKind::kSend;
}

// Calls of one label, operation, axis and size.
struct Calls {
  int64_t count = 0;
  TierBytes each;
};
using CallKey = std::tuple<std::string, CollectiveOp, Axis, int64_t, bool>;

std::string CommunicationText(const ScenarioSpec& scenario, const LoweredJob& job) {
  const int ranks = RanksOf(scenario);
  const CommunicationEstimate estimate(scenario.system, job.plan, ranks);
  const bool one_node = ranks <= scenario.system.chips_per_node * scenario.system.ranks_per_chip;
  std::map<CallKey, Calls> calls;
  const auto program = static_cast<size_t>(job.programs.program_of_rank.front());
  for (const Instruction& i : job.programs.programs[program].instructions) {
    if (!Communicates(i)) continue;
    const bool hidden = i.kind == InstructionKind::kCollectiveAsync;
    Calls& entry = calls[{job.programs.labels[i.label], i.op, i.axis, i.bytes.count(), hidden}];
    entry.count += i.count;
    entry.each = BytesSent(i, estimate.PlacementOf(i.axis), one_node);
  }
  std::string text =
      absl::StrFormat("\ncommunication of rank 0\n  %-24s %-15s %-13s %-8s %9s %12s %12s %12s\n",
                      "pass", "operation", "axis", "", "calls", "bytes", "scale-up", "scale-out");
  for (const auto& [key, entry] : calls) {
    const auto& [label, op, axis, bytes, hidden] = key;
    const auto count = static_cast<double>(entry.count);
    absl::StrAppendFormat(&text, "  %-24s %-15s %-13s %-8s %9d %12d %12s %12s\n", label,
                          CollectiveOpName(op), AxisName(axis), hidden ? "hidden" : "exposed",
                          entry.count, bytes, Gibibytes(entry.each.scale_up * count),
                          Gibibytes(entry.each.scale_out * count));
  }
  return text;
}

}  // namespace

std::string ExplainPlan(const ScenarioSpec& scenario, const LoweredJob& job) {
  return absl::StrCat(GridText(job.plan, RanksOf(scenario)), StageText(scenario, job.plan),
                      MemoryText(job.memory), CommunicationText(scenario, job));
}

}  // namespace tessera
