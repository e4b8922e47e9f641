// Power, heat and clock of one chip. Sources: domain notes 5 (DVFS, thermal, energy).
#pragma once

#include "absl/status/statusor.h"
#include "configs/chip_spec.h"

namespace tessera {

// Clock that remains under a cap of `power_share` of the uncapped dynamic power, over the uncapped
// clock: power goes with clock times voltage squared and voltage follows the clock, so the cube
// root; below `least_voltage_clock` (a share of the clock) voltage stays and power falls linearly.
double ClockShareUnderCap(double power_share, double least_voltage_clock = 0);

// Watts at idle: published, or 0.12 of the design power (50 of 400 W on A100, 70 of 700 W on H100,
// 140 of 750 W on MI300X). 0: not known.
double IdlePower(const ChipSpec& spec);

// The least cap at which a chip works: idle and a twentieth of the dynamic power. 0: not known.
double LeastPowerCap(const ChipSpec& spec);

// `spec` with the rates that it holds when saturated under a cap on its power: matrix and vector
// units follow the clock, memory does not. A cap above the design power changes nothing. Error: the
// design power is not known.
absl::StatusOr<ChipSpec> UnderPowerCap(const ChipSpec& spec, Power cap);

// `spec` with its memory dies stacked on the compute die after minutes at full load. The way of
// heat is 2.5 times as long, and the cooler is sized for the design power without it (imec, IEDM
// 2025: 141.7 instead of 69.1 C). Bursts run at the rates of `spec` itself. Error as above.
absl::StatusOr<ChipSpec> SustainedUnderStackedMemory(const ChipSpec& spec);

// Heat path from die to coolant: one thermal resistance and capacity.
struct ThermalPath {
  double kelvin_per_watt = 0;
  double joules_per_kelvin = 0;
  double ambient = 35;  // Degrees Celsius.
  double most = 95;     // Of the die.
};
// Dies side by side on a substrate, on an interposer beside memory stacks, or stacked: stacking
// lengthens the way of heat and leaves less mass to take a burst. Estimates for one large package
// with liquid or good air cooling.
enum class PackageStyle { k2d, k25d, k3d };
ThermalPath ThermalPathOf(PackageStyle style);

// Watts that can be drawn for ever: (most - ambient) / resistance.
double SteadyPower(const ThermalPath& path);
// Seconds in which the temperature covers all but 1/e of its way: resistance * capacity.
double TimeConstant(const ThermalPath& path);
// Temperature after `seconds` of `watts`, starting from `start`.
double TemperatureAfter(const ThermalPath& path, double start, double watts, double seconds);
// Seconds of `watts` from `start` until the die is too hot; infinity when that never happens.
double BurstTime(const ThermalPath& path, double start, double watts);

// Leakage doubles about every 25 to 30 K: over its value at `reference` degrees.
double LeakageShare(double degrees, double reference);

}  // namespace tessera
