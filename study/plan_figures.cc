#include "study/plan_figures.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chips/energy.h"
#include "chips/operating_cost.h"
#include "core/status_macros.h"
#include "nodes/simulation.h"

namespace tessera {
namespace {

constexpr char kFailed[] = "failed ";
constexpr char kUnknown[] = "-";
constexpr double kSecondsPerHour = 3600;

// Joules of all ranks' computations above idle.
double WorkJoules(const ProgramSet& programs, const EnergyRates& rates, Precision precision) {
  std::vector<double> joules;
  for (const Program& program : programs.programs) {
    double sum = 0;
    for (const Instruction& i : program.instructions) {
      sum += i.matrix_flops * rates.per_flop[static_cast<size_t>(precision)] +
             static_cast<double>(i.memory_bytes.count()) * rates.per_memory_byte;
    }
    joules.push_back(sum);
  }
  double total = 0;
  for (const int32_t program : programs.program_of_rank) {
    total += joules[static_cast<size_t>(program)];
  }
  return total;
}

double LinkJoules(const SystemSpec& system, const std::vector<TierSummary>& tiers) {
  double joules = 0;
  for (const TierSummary& tier : tiers) {
    std::optional<Energy> per_bit;
    if (tier.tier == Tier::kScaleUp && system.scale_up_link) {
      per_bit = system.scale_up_link->energy_per_bit;
    }
    if (tier.tier == Tier::kScaleOut && system.scale_out) {
      per_bit = system.scale_out->link.energy_per_bit;
    }
    if (per_bit) joules += 8 * static_cast<double>(tier.bytes.count()) * per_bit->value();
  }
  return joules;
}

std::optional<double> EnergyOfStep(const ScenarioSpec& scenario, const SimulationResult& result) {
  const std::optional<EnergyRates> rates = EnergyRatesOf(scenario.system.chip);
  if (!rates) return std::nullopt;
  const double chips = static_cast<double>(RanksOf(scenario)) / scenario.system.ranks_per_chip;
  const double seconds = chips * ToSeconds(result.makespan);
  const auto& job = std::get<TrainingJob>(scenario.job);
  const double work = WorkJoules(result.job.programs, *rates, job.precision.compute);
  return std::min(work + rates->static_watts * seconds, rates->most_watts * seconds) +
         LinkJoules(scenario.system, result.tiers);
}

std::optional<double> DollarsOfStep(const ScenarioSpec& scenario, const PlanFigures& figures) {
  const SystemSpec& system = scenario.system;
  const double chips = static_cast<double>(RanksOf(scenario)) / system.ranks_per_chip;
  const double seconds = ToSeconds(figures.step);
  std::optional<Money> price = system.chip.price;
  if (system.node_price) price = Money(system.node_price->value() / system.chips_per_node);
  if (price && figures.energy_joules && seconds > 0) {
    const OwnedChip chip{.price = *price,
                         .average = Power(*figures.energy_joules / seconds / chips)};
    return CostPerSecond(chip).value() * chips * seconds;
  }
  if (!system.chip.cloud_price_per_hour) return std::nullopt;
  return system.chip.cloud_price_per_hour->value() * chips * seconds / kSecondsPerHour;
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
    figures.energy_joules = EnergyOfStep(planned, result);
    figures.dollars = DollarsOfStep(planned, figures);
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
