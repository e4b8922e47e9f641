// Energy of work on one chip, from its power limits: what a saturated matrix unit leaves of the
// thermal design power, shared over the FLOPs it does. So a kernel's energy over its time never
// exceeds that power, and narrower formats cost less per FLOP in the ratio of their rates (FP8 and
// BF16 products draw the same power on Hopper).
#pragma once

#include <array>
#include <optional>

#include "configs/chip_spec.h"
#include "workload/operator.h"

namespace tessera {

struct EnergyRates {
  double static_watts = 0;                         // Idle: leakage, clocks, refresh, links.
  double most_watts = 0;                           // Thermal design power.
  std::array<double, kPrecisionCount> per_flop{};  // Joules on the matrix unit.
  double per_vector_flop = 0;
  double per_memory_byte = 0;  // Main memory, interface and array.
};

// Joules a byte of core-local memory, by the size that one core has: 0.35 pJ up to 64 KiB, 0.6 up
// to 256 KiB, 1.2 above; and of a large cache with its wires. Estimates for a 5 nm class process,
// scaled from the 7 nm table of Jouppi et al., "Ten Lessons From Three Generations", ISCA 2021.
double LocalMemoryEnergyPerByte(Bytes per_core);
inline constexpr double kCacheEnergyPerByte = 6e-12;

// Absent where the chip's power is not known.
std::optional<EnergyRates> EnergyRatesOf(const ChipSpec& spec);

// What one operator did, counts included.
struct EnergyUse {
  Flops matrix_flops;
  Precision precision = Precision::kBf16;
  Flops vector_flops;
  Bytes memory_bytes;
  Duration time{};
};
Energy EnergyOf(const EnergyRates& rates, const EnergyUse& use);

}  // namespace tessera
