// What `tessera chip` shows beside rates: energy by operation and by byte of each tier, power and
// the clock it leaves, silicon and money.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/chip_spec.h"
#include "configs/package_spec.h"

namespace tessera {

struct EnergyView {
  std::string what;  // "bf16 FLOP", "hbm byte".
  double joules = 0;
};

struct PowerView {
  double design_watts = 0;
  double idle_watts = 0;
  // Clock of a saturated chip after minutes, over the rated one, if its memory were stacked on the
  // compute die (and a burst ran at the rated clock).
  double stacked_clock = 1;
};

struct SiliconView {
  double area_mm2 = 0;
  int dies = 1;
  double die_yield = 0;  // 1 for wafers used whole.
  double dollars = 0;    // Working compute silicon, assembled; no memory.
};

struct ChipEconomics {
  std::vector<EnergyView> energy;  // Empty where the power is not known.
  std::optional<PowerView> power;
  std::optional<SiliconView> silicon;
  std::optional<double> owned_dollars_per_hour;  // At design power.
  std::optional<double> rented_dollars_per_hour;
};

// Owned: the defaults of OwnedChip.
ChipEconomics EconomicsOf(const ChipSpec& chip, const PackageSpec& package);

}  // namespace tessera
