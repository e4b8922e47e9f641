#include "chips/silicon_cost.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "core/math.h"

namespace tessera {
namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

std::optional<Process> ProcessNamed(absl::string_view name) {
  constexpr struct {
    int node;  // Nanometres, at most.
    double wafer;
  } kClasses[] = {{3, 19500}, {5, 16988}, {7, 9346}, {10, 5992}, {16, 3984}, {28, 2891}};
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  while (!name.empty() && !is_digit(name[0])) name.remove_prefix(1);
  size_t digits = 0;
  while (digits < name.size() && is_digit(name[digits])) ++digits;
  int node = 0;
  if (!absl::SimpleAtoi(name.substr(0, digits), &node)) return std::nullopt;
  for (const auto& known : kClasses) {
    if (node <= known.node) return Process{.wafer_price = Money(known.wafer)};
  }
  return std::nullopt;
}

double DieYield(const Process& process, double area_cm2) {
  return Pow(1 + area_cm2 * process.defects_per_cm2 / process.clustering, -process.clustering);
}

double PoissonYield(const Process& process, double area_cm2) {
  return Exp(-area_cm2 * process.defects_per_cm2);
}

double DiesPerWafer(const Process& process, double area_cm2) {
  const double d = process.wafer_cm;
  return kPi * d * d / 4 / area_cm2 - kPi * d / std::sqrt(2 * area_cm2);
}

Money PackageSiliconCost(const Process& process, const Package& package) {
  const double area = package.area_cm2 / package.dies;
  const Money die(process.wafer_price.value() / DiesPerWafer(process, area) /
                  DieYield(process, area));
  if (package.dies == 1) return die;
  const double assembled = package.dies * (die.value() + package.bond_cost.value());
  return Money(assembled / Pow(package.bond_yield, package.dies));
}

// Spare cores and links around every defect make every wafer work; its price is one wafer.
Money WaferScaleCost(const Process& process) { return process.wafer_price; }

}  // namespace tessera
