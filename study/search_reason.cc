#include "study/search_reason.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace tessera {
namespace {

struct StepPart {
  const char* name;
  Duration (*of)(const FoundPlan&);
};

constexpr StepPart kParts[] = {
    {"computation",
     [](const FoundPlan& p) { return p.cost.passes - p.cost.recompute - p.cost.exposed; }},
    {"recomputation", [](const FoundPlan& p) { return p.cost.recompute; }},
    {"exposed traffic of layers", [](const FoundPlan& p) { return p.cost.exposed; }},
    {"pipeline bubble", [](const FoundPlan& p) { return p.cost.bubble; }},
    {"exposed traffic of replicas", [](const FoundPlan& p) { return p.cost.data; }},
    {"optimizer", [](const FoundPlan& p) { return p.cost.optimizer; }},
    {"contention", [](const FoundPlan& p) { return StepOf(p) - p.cost.step; }},
};

std::string SecondsText(Duration d) { return absl::StrFormat("%.4g s", ToSeconds(d)); }

double Gibibytes(Bytes bytes) {
  return static_cast<double>(bytes.count()) / static_cast<double>(1 << 30);
}

std::array<double, 4> Objectives(const PlanFigures& f) {
  return {ToSeconds(f.step), static_cast<double>(f.memory.count()), f.energy_joules.value_or(0),
          f.dollars.value_or(0)};
}

}  // namespace

std::string PlanText(const PlanSpec& plan) {
  std::string text = absl::StrCat("tensor ", plan.tensor, plan.sequence_parallel ? "+sp" : "");
  if (plan.context > 1) {
    absl::StrAppend(&text, ", context ", plan.context, " ",
                    ContextExchangeName(plan.context_exchange));
  }
  if (plan.expert > 1) absl::StrAppend(&text, ", expert ", plan.expert);
  absl::StrAppend(&text, ", pipeline ", plan.pipeline);
  if (plan.pipeline > 1) {
    absl::StrAppend(&text, " ", PlanValueText(PlanPart::kSchedule, static_cast<int>(plan.schedule)),
                    plan.virtual_stages > 1 ? absl::StrCat(" x", plan.virtual_stages) : "");
  }
  absl::StrAppend(&text, ", data ", plan.data, ", micro_batch ", plan.micro_batch, ", zero ",
                  plan.zero_stage, ", recompute ",
                  PlanValueText(PlanPart::kRecompute, static_cast<int>(plan.recompute)));
  if (plan.zero_stage > 0 && plan.zero_group < plan.data * plan.context) {
    absl::StrAppend(&text, ", zero_group ", plan.zero_group);
  }
  if (plan.overlap_tensor) absl::StrAppend(&text, ", overlap_tensor");
  if (!plan.overlap_data) absl::StrAppend(&text, ", no overlap_data");
  if (plan.optimizer_offload) absl::StrAppend(&text, ", optimizer_offload");
  if (plan.rank_order != 0) {
    absl::StrAppend(&text, ", rank_order ", PlanValueText(PlanPart::kRankOrder, plan.rank_order));
  }
  return text;
}

Duration StepOf(const FoundPlan& plan) {
  return plan.simulated ? plan.simulated->step : plan.cost.step;
}

bool IsOnFront(const FoundPlan& plan, const std::vector<FoundPlan>& others) {
  if (!plan.simulated) return false;
  const std::array<double, 4> mine = Objectives(*plan.simulated);
  for (const FoundPlan& other : others) {
    if (&other == &plan || !other.simulated) continue;
    const std::array<double, 4> theirs = Objectives(*other.simulated);
    bool no_worse = true;
    for (size_t i = 0; i < mine.size(); ++i) no_worse &= theirs[i] <= mine[i];
    const bool equal = theirs == mine;
    if (no_worse && (!equal || other.index < plan.index)) return false;
  }
  return true;
}

std::string WhyItLoses(const FoundPlan& loser, const FoundPlan& winner) {
  std::vector<std::pair<Duration, const char*>> longer;
  for (const StepPart& part : kParts) {
    const Duration more = part.of(loser) - part.of(winner);
    if (more > Duration{}) longer.emplace_back(more, part.name);
  }
  std::stable_sort(longer.begin(), longer.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  longer.resize(std::min<size_t>(longer.size(), 2));
  const Duration slower = StepOf(loser) - StepOf(winner);
  const std::string head = slower == Duration{} ? "as fast, later in the order"
                                                : absl::StrCat(SecondsText(slower), " slower");
  const double more_memory = Gibibytes(loser.cost.memory) - Gibibytes(winner.cost.memory);
  const std::string memory =
      more_memory < -0.1 ? absl::StrFormat("; %.1f GiB less memory", -more_memory) : "";
  if (longer.empty()) return absl::StrCat(head, memory);
  return absl::StrCat(head, ": ",
                      absl::StrJoin(longer, ", ",
                                    [](std::string* out, const auto& part) {
                                      absl::StrAppend(out, part.second, " +",
                                                      SecondsText(part.first));
                                    }),
                      memory);
}

std::string WhyItDoesNotFit(const MemoryUse& memory) {
  const std::string message(CheckFit(memory).message());
  const std::vector<std::string> lines = absl::StrSplit(message, '\n');
  return lines.front();
}

}  // namespace tessera
