#include "study/chip_economics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "chips/energy.h"
#include "chips/operating_cost.h"
#include "chips/power.h"
#include "chips/silicon_cost.h"

namespace tessera {
namespace {

void AddEnergy(const ChipSpec& chip, ChipEconomics& view) {
  const std::optional<EnergyRates> rates = EnergyRatesOf(chip);
  if (!rates) return;
  for (int i = 0; i < kPrecisionCount; ++i) {
    const double joules = rates->per_flop[static_cast<size_t>(i)];
    const std::string name(PrecisionName(static_cast<Precision>(i)));
    if (joules > 0) view.energy.push_back({absl::StrCat(name, " FLOP"), joules});
  }
  const auto add_byte = [&](const std::string& tier, double joules) {
    view.energy.push_back({absl::StrCat(tier, " byte"), joules});
  };
  if (chip.sram) {
    const Bytes per_core(chip.sram->total.count() / std::max(1, chip.core_count));
    add_byte("sram", LocalMemoryEnergyPerByte(per_core));
  }
  if (chip.llc) add_byte("llc", kCacheEnergyPerByte);
  for (const MemoryTierSpec& tier : chip.memory) {
    if (tier.energy_per_bit) add_byte(tier.name, 8 * tier.energy_per_bit->value());
  }
}

std::optional<PowerView> PowerOf(const ChipSpec& chip) {
  const absl::StatusOr<ChipSpec> stacked = SustainedUnderStackedMemory(chip);
  if (!stacked.ok()) return std::nullopt;
  PowerView view{.design_watts = chip.tdp->value(), .idle_watts = IdlePower(chip)};
  if (chip.vector_peak_fp32)
    view.stacked_clock = *stacked->vector_peak_fp32 / *chip.vector_peak_fp32;
  return view;
}

std::optional<SiliconView> SiliconOf(const ChipSpec& chip, const PackageSpec& package) {
  if (!package.die_area_mm2 || package.compute_dies < 1) return std::nullopt;
  const std::optional<Process> process = ProcessNamed(package.process);
  if (!process) return std::nullopt;
  SiliconView view{.area_mm2 = *package.die_area_mm2, .dies = package.compute_dies};
  if (chip.style == ExecutionStyle::kWaferScale) {
    view.die_yield = 1;
    view.dollars = WaferScaleCost(*process).value();
    return view;
  }
  const double area = view.area_mm2 / 100;
  view.die_yield = DieYield(*process, area / view.dies);
  view.dollars = PackageSiliconCost(*process, {.dies = view.dies, .area_cm2 = area}).value();
  return view;
}

}  // namespace

ChipEconomics EconomicsOf(const ChipSpec& chip, const PackageSpec& package) {
  ChipEconomics view;
  AddEnergy(chip, view);
  view.power = PowerOf(chip);
  view.silicon = SiliconOf(chip, package);
  if (chip.price && chip.tdp) {
    const OwnedChip owned{.price = *chip.price, .average = *chip.tdp};
    view.owned_dollars_per_hour = CostPerSecond(owned).value() * 3600;
  }
  if (chip.cloud_price_per_hour) view.rented_dollars_per_hour = chip.cloud_price_per_hour->value();
  return view;
}

}  // namespace tessera
