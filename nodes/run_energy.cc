#include "nodes/run_energy.h"

#include <algorithm>

#include "chips/energy.h"
#include "chips/operating_cost.h"
#include "nodes/headline.h"
#include "partition/chip_in_use.h"

namespace tessera {
namespace {

// Joules of one rank above idle.
struct RankWork {
  double matrix = 0;
  double memory = 0;
};

// Attention runs in the format of the activations, weight products in the compute format.
Precision FormatOf(const ScenarioSpec& scenario, const Instruction& instruction) {
  const Precision compute = ComputePrecision(scenario).value_or(Precision::kBf16);
  if (instruction.category != OperatorClass::kAttentionCore) return compute;
  return StorageBits(compute) < 16 ? Precision::kBf16 : compute;
}

RankWork WorkOfProgram(const ScenarioSpec& scenario, const EnergyRates& rates,
                       const Program& program) {
  RankWork work;
  double busy = 0;
  for (const Instruction& instruction : program.instructions) {
    if (instruction.kind != InstructionKind::kCompute) continue;
    const auto format = static_cast<size_t>(FormatOf(scenario, instruction));
    work.matrix += instruction.matrix_flops * rates.per_flop[format];
    work.memory += static_cast<double>(instruction.memory_bytes.count()) * rates.per_memory_byte;
    busy += ToSeconds(instruction.duration);
  }
  // A rank draws no more than its share of the design power while it computes.
  const double most =
      busy * (rates.most_watts - rates.static_watts) / scenario.system.ranks_per_chip;
  const double drawn = work.matrix + work.memory;
  if (drawn <= most) return work;
  return {.matrix = work.matrix * most / drawn, .memory = work.memory * most / drawn};
}

double LinkJoules(const SystemSpec& system, const std::vector<TierSummary>& tiers) {
  double joules = 0;
  for (const TierSummary& tier : tiers) {
    std::optional<Energy> per_bit;
    if (tier.tier == Tier::kScaleOut && system.scale_out) {
      per_bit = system.scale_out->link.energy_per_bit;
    }
    if (tier.tier == Tier::kScaleUp && system.scale_up_link) {
      per_bit = system.scale_up_link->energy_per_bit;
    }
    if (per_bit) joules += 8 * static_cast<double>(tier.bytes.count()) * per_bit->value();
  }
  return joules;
}

double ChipsOf(const ScenarioSpec& scenario) {
  return static_cast<double>(RanksOf(scenario)) / scenario.system.ranks_per_chip;
}

// A node's price and power hold its hosts and network; without them, the chip's alone.
std::optional<Money> PriceOfChip(const SystemSpec& system) {
  if (system.node_price) return Money(system.node_price->value() / system.chips_per_node);
  return system.chip.price;
}

double NodePowerFactor(const SystemSpec& system) {
  if (!system.node_max_power || !system.chip.tdp) return 1;
  const double chips = system.chips_per_node * system.chip.tdp->value();
  return std::max(1.0, system.node_max_power->value() / chips);
}

}  // namespace

std::optional<RunEnergy> EnergyOfRun(const ScenarioSpec& scenario, const SimulationResult& result) {
  const absl::StatusOr<ChipSpec> chip = ChipUnderCap(scenario);
  if (!chip.ok()) return std::nullopt;
  const std::optional<EnergyRates> rates = EnergyRatesOf(*chip);
  if (!rates || result.interrupted || result.makespan == Duration::zero()) return std::nullopt;
  std::vector<RankWork> programs;
  for (const Program& program : result.job.programs.programs) {
    programs.push_back(WorkOfProgram(scenario, *rates, program));
  }
  RankWork sum;
  for (const int32_t program : result.job.programs.program_of_rank) {
    sum.matrix += programs[static_cast<size_t>(program)].matrix;
    sum.memory += programs[static_cast<size_t>(program)].memory;
  }
  const double chips = ChipsOf(scenario);
  const double seconds = ToSeconds(result.makespan);
  RunEnergy energy;
  energy.compute = Energy(sum.matrix);
  energy.memory = Energy(sum.memory);
  energy.links = Energy(LinkJoules(scenario.system, result.tiers));
  energy.idle = Energy(rates->static_watts * seconds * chips);
  energy.mean_chip_power = Power(energy.total().value() / seconds / chips);
  return energy;
}

std::optional<RunCost> CostOfRun(const ScenarioSpec& scenario, const SimulationResult& result) {
  const SystemSpec& system = scenario.system;
  const double chip_seconds = ChipsOf(scenario) * ToSeconds(result.makespan);
  RunCost cost;
  const std::optional<Money> price = PriceOfChip(system);
  const std::optional<RunEnergy> energy = EnergyOfRun(scenario, result);
  if (price && energy) {
    OwnedChip chip{.price = *price};
    cost.capital = CostPerSecond(chip) * chip_seconds;
    chip.average = Power(energy->mean_chip_power.value() * NodePowerFactor(system));
    cost.electricity = CostPerSecond(chip) * chip_seconds - *cost.capital;
  }
  if (system.chip.cloud_price_per_hour) {
    cost.rent = *system.chip.cloud_price_per_hour * (chip_seconds / 3600);
  }
  if (!cost.capital && !cost.rent) return std::nullopt;
  return cost;
}

double TokensOfRun(const SimulationResult& result) {
  return result.headline.tokens_per_second.value_or(0) * ToSeconds(result.makespan);
}

}  // namespace tessera
