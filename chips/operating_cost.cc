#include "chips/operating_cost.h"

namespace tessera {

Money CostPerSecond(const OwnedChip& chip) {
  constexpr double kSecondsPerYear = 365.25 * 24 * 3600;
  constexpr double kJoulesPerKilowattHour = 3.6e6;
  const double capital =
      chip.price.value() / (chip.life_years * kSecondsPerYear * chip.utilisation);
  const double power = chip.average.value() * chip.facility_factor *
                       chip.dollars_per_kilowatt_hour / kJoulesPerKilowattHour;
  return Money(capital + power);
}

Money CostPerMillionTokens(const OwnedChip& chip, double tokens_per_second) {
  return CostPerSecond(chip) * (1e6 / tokens_per_second);
}

Money RentOf(const RentedFleet& fleet) {
  return fleet.per_chip_hour * (fleet.nodes * fleet.chips_per_node * fleet.hours);
}

double ProfitMargin(Money revenue, Money cost) { return (revenue - cost) / cost; }

}  // namespace tessera
