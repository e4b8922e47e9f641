// Whether a plan fits, and what to say if it does not.
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "partition/partition.h"

namespace tessera {
namespace {

constexpr std::array<const char*, kTensorClassCount> kNames = {
    "weights", "gradients", "optimizer", "activations", "kv_cache", "communication", "reserved"};

std::string Gibibytes(Bytes bytes) {
  return absl::StrFormat("%.1f GiB", static_cast<double>(bytes.count()) / (1 << 30));
}

// The class during whose addition, in the order of the enum, the capacity runs out.
size_t FirstToOverflow(const MemoryUse& use) {
  Bytes sum;
  for (size_t c = 0; c < use.by_class.size(); ++c) {
    sum += use.by_class[c];
    if (sum > use.capacity) return c;
  }
  return use.by_class.size() - 1;
}

struct Change {
  const char* text;
  void (*apply)(PlanSpec&);
};

// Small changes, least intrusive first. Each keeps the batch and the ranks.
constexpr Change kChanges[] = {
    {"micro_batch 1", [](PlanSpec& plan) { plan.micro_batch = 1; }},
    {"zero_stage 1", [](PlanSpec& plan) { plan.zero_stage = 1; }},
    {"sequence_parallel on", [](PlanSpec& plan) { plan.sequence_parallel = true; }},
    {"recompute selective", [](PlanSpec& plan) { plan.recompute = Recompute::kSelective; }},
    {"recompute full", [](PlanSpec& plan) { plan.recompute = Recompute::kFull; }},
    {"zero_stage 3", [](PlanSpec& plan) { plan.zero_stage = 3; }},
    {"kv_offload on", [](PlanSpec& plan) { plan.kv_offload = true; }},
    {"weights_offload on", [](PlanSpec& plan) { plan.weights_offload = true; }},
    {"twice the tensor", [](PlanSpec& plan) { plan.tensor *= 2; }},
    {"twice the pipeline", [](PlanSpec& plan) { plan.pipeline *= 2; }},
    {"twice the expert", [](PlanSpec& plan) { plan.expert *= 2; }},
    {"four times the tensor", [](PlanSpec& plan) { plan.tensor *= 4; }},
    {"four times the pipeline", [](PlanSpec& plan) { plan.pipeline *= 4; }},
};

// Degrees that follow from others are left open again.
PlanSpec Reopened(const PlanSpec& completed) {
  PlanSpec plan = completed;
  plan.data = 0;
  plan.zero_group = 0;
  plan.expert_tensor = 0;
  return plan;
}

}  // namespace

const char* TensorClassName(TensorClass c) { return kNames[static_cast<size_t>(c)]; }

absl::Status CheckFit(const MemoryUse& use) {
  if (use.capacity == Bytes() || use.total <= use.capacity) return absl::OkStatus();
  std::vector<std::string> rows;
  for (size_t c = 0; c < use.by_class.size(); ++c) {
    if (use.by_class[c] == Bytes()) continue;
    rows.push_back(absl::StrFormat("  %-13s %12s", kNames[c], Gibibytes(use.by_class[c])));
  }
  if (use.on_host > Bytes()) {
    rows.push_back(absl::StrFormat("  %-13s %12s besides", "on the host", Gibibytes(use.on_host)));
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("memory: ", kNames[FirstToOverflow(use)], " do not fit on rank ", use.rank, ": ",
                   Gibibytes(use.total), " needed, ", Gibibytes(use.capacity), " there\n",
                   absl::StrJoin(rows, "\n")));
}

absl::Status CheckFit(const ScenarioSpec& scenario, const PlanSpec& completed) {
  const absl::StatusOr<MemoryUse> use = MemoryOf(scenario, completed);
  if (!use.ok()) return use.status();
  absl::Status fit = CheckFit(*use);
  if (fit.ok()) return fit;
  std::vector<std::string> remedies;
  for (const Change& change : kChanges) {
    PlanSpec plan = Reopened(completed);
    change.apply(plan);
    const absl::StatusOr<MemoryUse> changed = MemoryOf(scenario, plan);
    if (!changed.ok() || !CheckFit(*changed).ok()) continue;
    remedies.push_back(absl::StrCat("  ", change.text, ": ", Gibibytes(changed->total)));
    if (remedies.size() == 3) break;
  }
  const std::string advice =
      remedies.empty() ? "\nno single change of the plan fits; more chips would"
                       : absl::StrCat("\nwould fit with\n", absl::StrJoin(remedies, "\n"));
  return absl::ResourceExhaustedError(absl::StrCat(fit.message(), advice));
}

}  // namespace tessera
