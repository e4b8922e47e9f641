#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "configs/rank_order.h"
#include "partition/explain.h"

namespace tessera {
namespace {

std::string Gibibytes(double bytes) { return absl::StrFormat("%.2f GiB", bytes / (1 << 30)); }
std::string Gibibytes(Bytes bytes) { return Gibibytes(static_cast<double>(bytes.count())); }

std::string GridText(const PlanExplanation& e) {
  const PlanSpec& plan = e.plan;
  return absl::StrFormat(
      "ranks     %d = tensor %d x context %d x data %d x pipeline %d, %s\n"
      "experts   %d positions, each expert split %d ways\n"
      "pipeline  %d chunks a stage, micro-batch %d\n"
      "states    zero %d over %d ranks\n",
      e.ranks, plan.tensor, plan.context, plan.data, plan.pipeline,
      plan.rank_order == 0 ? "tensor fastest" : "order " + RankOrderText(plan.rank_order),
      plan.expert, plan.expert_tensor, plan.virtual_stages, plan.micro_batch, plan.zero_stage,
      plan.zero_group);
}

bool Held(const PlanExplanation& e, size_t tensor_class) {
  for (const StageTensors& stage : e.tensors) {
    if (stage.memory.by_class[tensor_class] > Bytes()) return true;
  }
  return false;
}

std::string TensorText(const PlanExplanation& e) {
  std::string text = absl::StrFormat("\ntensors of one rank\n%-6s %-28s %16s %16s", "stage",
                                     "layers", "parameters", "of experts");
  for (size_t c = 0; c < kTensorClassCount; ++c) {
    if (Held(e, c)) absl::StrAppendFormat(&text, " %13s", TensorClassName(TensorClass(c)));
  }
  const bool offloads = std::any_of(e.tensors.begin(), e.tensors.end(), [](const auto& stage) {
    return stage.memory.on_host > Bytes();
  });
  absl::StrAppendFormat(&text, " %11s %11s%s\n", "total", "capacity",
                        offloads ? "     on host" : "");
  for (const StageTensors& stage : e.tensors) {
    absl::StrAppendFormat(&text, "%-6d %-28s %16.0f %16.0f", stage.stage, stage.layers,
                          stage.dense_parameters + stage.expert_parameters,
                          stage.expert_parameters);
    for (size_t c = 0; c < kTensorClassCount; ++c) {
      if (Held(e, c)) absl::StrAppendFormat(&text, " %13s", Gibibytes(stage.memory.by_class[c]));
    }
    absl::StrAppendFormat(&text, " %11s %11s", Gibibytes(stage.memory.total),
                          Gibibytes(stage.memory.capacity));
    if (offloads) absl::StrAppendFormat(&text, " %11s", Gibibytes(stage.memory.on_host));
    absl::StrAppend(&text, "\n");
  }
  return text;
}

// "0-6, 9".
std::string StageRanges(const std::vector<int>& stages) {
  std::vector<std::string> ranges;
  for (size_t i = 0; i < stages.size();) {
    size_t j = i;
    while (j + 1 < stages.size() && stages[j + 1] == stages[j] + 1) ++j;
    ranges.push_back(j == i ? absl::StrCat(stages[i]) : absl::StrCat(stages[i], "-", stages[j]));
    i = j + 1;
  }
  return absl::StrJoin(ranges, ", ");
}

std::string CommunicationText(const PlanExplanation& e) {
  std::string text = absl::StrFormat(
      "\ncommunication of one rank; \"a layer\": calls of one layer and micro-batch; sent: in all "
      "calls\n%-10s %-24s %-15s %-13s %6s %-8s %9s %8s %13s %13s %13s\n",
      "stages", "pass", "operation", "axis", "ranks", "", "calls", "a layer", "bytes a call",
      "sent scale-up", "sent scale-out");
  for (const StageCommunication& row : e.communication) {
    const std::string by_layer =
        row.calls_per_layer > 0 ? absl::StrFormat("%.0f", row.calls_per_layer) : "-";
    absl::StrAppendFormat(&text, "%-10s %-24s %-15s %-13s %6d %-8s %9d %8s %13d %13s %13s\n",
                          StageRanges(row.stages), row.pass, CollectiveOpName(row.op),
                          AxisName(row.axis), row.ranks, row.hidden ? "hidden" : "exposed",
                          row.calls, by_layer, row.bytes.count(), Gibibytes(row.sent.scale_up),
                          Gibibytes(row.sent.scale_out));
  }
  return text;
}

}  // namespace

std::string ExplanationText(const PlanExplanation& explanation) {
  return absl::StrCat(GridText(explanation), TensorText(explanation),
                      CommunicationText(explanation));
}

}  // namespace tessera
