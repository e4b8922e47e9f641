#include "study/plan_figures.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/status_macros.h"
#include "nodes/run_energy.h"
#include "nodes/simulation.h"

namespace tessera {
namespace {

constexpr char kFailed[] = "failed ";
constexpr char kUnknown[] = "-";

std::optional<double> DollarsOf(const RunCost& cost) {
  if (cost.capital && cost.electricity) return cost.capital->value() + cost.electricity->value();
  if (cost.rent) return cost.rent->value();
  return std::nullopt;
}

std::string OptionalText(const std::optional<double>& value) {
  return value ? absl::StrFormat("%.17g", *value) : kUnknown;
}

bool ParseOptional(absl::string_view text, std::optional<double>& value) {
  double number = 0;
  if (text == kUnknown) return true;
  if (!absl::SimpleAtod(text, &number)) return false;
  value = number;
  return true;
}

}  // namespace

absl::StatusOr<PlanFigures> SimulatePlan(const ScenarioSpec& scenario, const PlanSpec& plan) {
  ScenarioSpec planned = scenario;
  planned.plan = plan;
  SimulationOptions options;
  options.traced_ranks = 0;
  options.folding = Folding::kNear;
  TESSERA_ASSIGN_OR_RETURN(const SimulationResult result, Simulate(planned, options));
  PlanFigures figures{.step = result.makespan, .memory = result.job.memory.total};
  if (std::holds_alternative<TrainingJob>(scenario.job)) {
    if (const auto energy = EnergyOfRun(planned, result)) {
      figures.energy_joules = energy->total().value();
    }
    if (const auto cost = CostOfRun(planned, result)) figures.dollars = DollarsOf(*cost);
  }
  return figures;
}

std::string PackFigures(const absl::StatusOr<PlanFigures>& figures) {
  if (!figures.ok()) return absl::StrCat(kFailed, figures.status().message());
  return absl::StrCat(figures->step.count(), " ", figures->memory.count(), " ",
                      OptionalText(figures->energy_joules), " ", OptionalText(figures->dollars));
}

absl::StatusOr<PlanFigures> UnpackFigures(absl::string_view text) {
  if (absl::ConsumePrefix(&text, kFailed)) return absl::InternalError(text);
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  int64_t step = 0;
  int64_t memory = 0;
  PlanFigures figures;
  if (words.size() != 4 || !absl::SimpleAtoi(words[0], &step) ||
      !absl::SimpleAtoi(words[1], &memory) || !ParseOptional(words[2], figures.energy_joules) ||
      !ParseOptional(words[3], figures.dollars)) {
    return absl::InternalError("the answer of a simulation is cut off");
  }
  figures.step = Duration(step);
  figures.memory = Bytes(memory);
  return figures;
}

}  // namespace tessera
