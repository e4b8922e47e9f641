// Money of running chips: capital over a life, power over time, rented hours. Domain notes 5.
#pragma once

#include "core/units.h"

namespace tessera {

struct OwnedChip {
  Money price{};  // Chip with its share of host, network and building.
  double life_years = 4;
  double utilisation = 0.6;  // Share of its life in which it works.
  Power average{};
  double facility_factor = 1.3;  // PUE.
  double dollars_per_kilowatt_hour = 0.08;
};

// Of one second of work.
Money CostPerSecond(const OwnedChip& chip);
// 1e6 / (tokens a second and chip) * cost per second.
Money CostPerMillionTokens(const OwnedChip& chip, double tokens_per_second);

struct RentedFleet {
  double nodes = 0;
  int chips_per_node = 8;
  Money per_chip_hour;
  double hours = 24;
};
Money RentOf(const RentedFleet& fleet);
// Profit over cost.
double ProfitMargin(Money revenue, Money cost);

}  // namespace tessera
