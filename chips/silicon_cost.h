// Yield of dies and cost of silicon for one large die, several chiplets, or a whole wafer with
// spare cores. Negative binomial yield; domain notes 5.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "core/units.h"

namespace tessera {

struct Process {
  double defects_per_cm2 = 0.1;
  double clustering = 3;  // alpha of the negative binomial; infinite: Poisson.
  double wafer_cm = 30;
  Money wafer_price = Money(17000);  // 5 nm class, estimate.
};

// Of a chip file's process, by the node in its name ("TSMC 4N", "GlobalFoundries 14nm"): wafer
// price of the class. Source: CSET, "AI Chips" (Khan and Mann, 2020), table of foundry sale prices;
// 3 nm estimated. Absent: no node named.
std::optional<Process> ProcessNamed(absl::string_view name);

// (1 + area * defects / alpha)^-alpha.
double DieYield(const Process& process, double area_cm2);
// exp(-area * defects).
double PoissonYield(const Process& process, double area_cm2);
// Whole dies on a round wafer: pi r^2 / a - pi d / sqrt(2 a).
double DiesPerWafer(const Process& process, double area_cm2);

// One working package of `dies` equal dies with `area_cm2` together. Each die is tested before it
// is placed; `bond_yield` is the share of placements that work, `bond_cost` of each.
struct Package {
  int dies = 1;
  double area_cm2 = 8;
  double bond_yield = 0.99;
  Money bond_cost = Money(20);
};
Money PackageSiliconCost(const Process& process, const Package& package);

// A wafer used whole: works when no more cores are defective than there are spares.
Money WaferScaleCost(const Process& process);

}  // namespace tessera
