// Power, heat and clock of one chip. Sources: domain notes 5 (DVFS, thermal, energy).
#pragma once

namespace tessera {

// Clock that remains under a cap of `power_share` of the uncapped dynamic power, over the uncapped
// clock: power goes with clock times voltage squared and voltage follows the clock, so the cube
// root; below `least_voltage_clock` (a share of the clock) voltage stays and power falls linearly.
double ClockShareUnderCap(double power_share, double least_voltage_clock = 0);

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
