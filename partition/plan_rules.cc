#include "partition/plan_rules.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_join.h"
#include "core/status_macros.h"
#include "partition/communication_estimate.h"

namespace tessera {
namespace {

absl::Status CheckSplitHeads(const PlanSpec& plan, const ModelSpec& model) {
  if (model.mla) {
    return IllegalPlan("context_exchange ulysses splits key and value heads, and the latent of ",
                       "model ", model.name, " is shared by all; accepted: ring, all_gather");
  }
  const std::pair<const char*, int> splits[] = {{"attention", model.heads},
                                                {"key/value", model.kv_heads}};
  for (const auto& [name, heads] : splits) {
    const int local = std::max(1, heads / plan.tensor);
    if (local % plan.context == 0) continue;
    return IllegalPlan("context_exchange ulysses: context ", plan.context, " does not divide the ",
                       local, " ", name,
                       " heads of a tensor rank; accepted: ", DivisorsText(local));
  }
  return absl::OkStatus();
}

// Prefill and training exchange many tokens, decode steps few.
std::vector<ExchangeMode> ExchangeModesOf(const ScenarioSpec& scenario) {
  const auto* inference = std::get_if<InferenceJob>(&scenario.job);
  std::vector<ExchangeMode> modes;
  if (inference == nullptr || !inference->decode_only) {
    modes.push_back(ExchangeMode::kHighThroughput);
  }
  if (inference != nullptr && inference->output_tokens > 0) {
    modes.push_back(ExchangeMode::kLowLatency);
  }
  return modes;
}

}  // namespace

std::string DivisorsText(int n) {
  std::vector<int> divisors;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0) divisors.push_back(d);
  }
  return absl::StrJoin(divisors, ", ");
}

absl::Status CheckContext(const PlanSpec& plan, const ModelSpec& model, const TrainingJob& job) {
  if (plan.context == 1) return absl::OkStatus();
  if (plan.context_exchange == ContextExchange::kUlysses) {
    if (job.sequence % plan.context != 0) {
      return IllegalPlan("sequence ", job.sequence, " does not divide over context ", plan.context);
    }
    return CheckSplitHeads(plan, model);
  }
  const int cut = 2 * plan.context;
  if (job.sequence % cut == 0) return absl::OkStatus();
  return IllegalPlan("sequence ", job.sequence, " does not divide into 2 x context = ", cut,
                     " zig-zag pieces");
}

absl::Status CheckTechniques(const PlanSpec& plan, const ScenarioSpec& scenario) {
  const bool training = std::holds_alternative<TrainingJob>(scenario.job);
  const struct {
    const char* name;
    bool on, of_training;
  } offloads[] = {{"optimizer_offload", plan.optimizer_offload, true},
                  {"weights_offload", plan.weights_offload, false},
                  {"kv_offload", plan.kv_offload, false}};
  for (const auto& offload : offloads) {
    if (!offload.on) continue;
    if (offload.of_training != training) {
      return IllegalPlan(offload.name, " is of ", offload.of_training ? "training" : "inference",
                         "; accepted: off");
    }
    if (!scenario.system.chip.host_bandwidth) {
      return IllegalPlan(offload.name, ": chip ", scenario.system.chip.name,
                         " states no bandwidth to its host; accepted: off");
    }
  }
  if (!training && plan.context_exchange != ContextExchange::kRing) {
    return IllegalPlan("context_exchange is of training; inference gathers keys and values in ",
                       "prefill and merges partial results in decode; accepted: ring");
  }
  return absl::OkStatus();
}

absl::Status CheckExchangeKernels(const PlanSpec& plan, const ScenarioSpec& scenario) {
  const ExchangeKernelSpec& kernels = scenario.software.exchange;
  if (!scenario.model.moe || kernels.families.empty() || plan.expert == 1) return absl::OkStatus();
  const auto place =
      CommunicationEstimate(scenario.system, plan, RanksOf(scenario)).PlacementOf(Axis::kExpert);
  if (place.nodes == 1) return absl::OkStatus();
  for (const ExchangeMode mode : ExchangeModesOf(scenario)) {
    const ExchangeFamily& family = *kernels.For(mode);
    if (!family.scale_out) {
      return IllegalPlan("expert ", plan.expert, " spreads over ", place.nodes,
                         " nodes, and exchange kernels ", kernels.name,
                         " stay inside one; accepted: expert up to ", place.members_per_node,
                         ", or other kernels");
    }
    if (family.copies == CopyRule::kNode && place.members_per_node * place.nodes != plan.expert) {
      return IllegalPlan("expert ", plan.expert, " does not fill ", place.nodes, " nodes of ",
                         place.members_per_node, ", inside which exchange kernels ", kernels.name,
                         " forward; accepted: a multiple of ", place.members_per_node,
                         ", or other kernels");
    }
  }
  return absl::OkStatus();
}

}  // namespace tessera
