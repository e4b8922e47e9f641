#include "chips/power.h"

#include <algorithm>
#include <limits>

#include "chips/kernel_chip.h"
#include "chips/trend.h"
#include "core/math.h"

namespace tessera {
namespace {

// A clock below a twentieth of the dynamic power is no operating point.
constexpr double kLeastShare = 0.05;

}  // namespace

double ClockShareUnderCap(double power_share, double least_voltage_clock) {
  if (power_share >= 1) return 1;
  const double cubic = Pow(power_share, 1.0 / 3);
  if (cubic >= least_voltage_clock) return cubic;
  // At the least voltage clock f0 the power is f0^3; below, it falls with the clock alone.
  const double square = least_voltage_clock * least_voltage_clock;
  return power_share / square;
}

double IdlePower(const ChipSpec& spec) {
  constexpr double kIdleShare = 0.12;
  if (!spec.tdp) return 0;
  return spec.idle ? spec.idle->value() : kIdleShare * spec.tdp->value();
}

double LeastPowerCap(const ChipSpec& spec) {
  if (!spec.tdp) return 0;
  const double idle = IdlePower(spec);
  return idle + kLeastShare * (spec.tdp->value() - idle);
}

absl::StatusOr<ChipSpec> UnderPowerCap(const ChipSpec& spec, Power cap) {
  if (!spec.tdp) return MissingFigure(spec, "no design power");
  if (cap >= *spec.tdp) return spec;
  const double idle = IdlePower(spec);
  const double share = (cap.value() - idle) / (spec.tdp->value() - idle);
  ChipSpec capped = ScaledCompute(spec, ClockShareUnderCap(std::max(kLeastShare, share)));
  capped.tdp = cap;
  return capped;
}

absl::StatusOr<ChipSpec> SustainedUnderStackedMemory(const ChipSpec& spec) {
  constexpr double kStackedResistance = 2.5;
  if (!spec.tdp) return MissingFigure(spec, "no design power");
  return UnderPowerCap(spec, Power(spec.tdp->value() / kStackedResistance));
}

ThermalPath ThermalPathOf(PackageStyle style) {
  switch (style) {
    case PackageStyle::k2d:
      return {.kelvin_per_watt = 0.07, .joules_per_kelvin = 900};
    case PackageStyle::k25d:
      return {.kelvin_per_watt = 0.08, .joules_per_kelvin = 800};
    case PackageStyle::k3d:
      break;
  }
  return {.kelvin_per_watt = 0.16, .joules_per_kelvin = 500};
}

double SteadyPower(const ThermalPath& path) {
  return (path.most - path.ambient) / path.kelvin_per_watt;
}

double TimeConstant(const ThermalPath& path) {
  return path.kelvin_per_watt * path.joules_per_kelvin;
}

double TemperatureAfter(const ThermalPath& path, double start, double watts, double seconds) {
  const double settled = path.ambient + watts * path.kelvin_per_watt;
  return settled + (start - settled) * Exp(-seconds / TimeConstant(path));
}

double BurstTime(const ThermalPath& path, double start, double watts) {
  const double settled = path.ambient + watts * path.kelvin_per_watt;
  if (settled <= path.most) return std::numeric_limits<double>::infinity();
  if (start >= path.most) return 0;
  return TimeConstant(path) * Log((settled - start) / (settled - path.most));
}

double LeakageShare(double degrees, double reference) {
  constexpr double kDoubling = 27.5;
  return Pow(2, (degrees - reference) / kDoubling);
}

}  // namespace tessera
