// Chips of coming years: rates grow at different paces, so that every generation is hungrier for
// data than the one before.
#pragma once

#include "configs/chip_spec.h"

namespace tessera {

// Per two years: compute x3.0, memory bandwidth x1.6, interconnect x1.4 (Gholami et al., "AI and
// Memory Wall", 2024: peak FLOP/s, DRAM and interconnect bandwidth of 20 years).
struct Trend {
  double compute = 3.0;
  double memory = 1.6;
  double interconnect = 1.4;
};

// `chip` with every compute unit and the memory beside them `factor` times as fast.
ChipSpec ScaledCompute(const ChipSpec& chip, double factor);

// `chip` as it would be `years` later; capacities, overheads, power and price stay.
ChipSpec ProjectedChip(const ChipSpec& chip, double years, const Trend& trend = {});

}  // namespace tessera
