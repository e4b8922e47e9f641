#include "report/energy_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chips/operating_cost.h"
#include "nodes/run_energy.h"
#include "report/amount_text.h"

namespace tessera {
namespace {

std::string Joules(double joules) {
  constexpr const char* kUnits[] = {"J", "kJ", "MJ", "GJ"};
  int unit = 0;
  for (; unit < 3 && joules >= 1000; ++unit) joules /= 1000;
  return absl::StrFormat("%.3g %s", joules, kUnits[unit]);
}

std::string Dollars(double dollars) { return absl::StrFormat("%.3g USD", dollars); }

std::string Parts(const RunEnergy& energy) {
  const auto share = [&](Energy part) { return PercentText(part / energy.total()); };
  return absl::StrCat("compute ", share(energy.compute), ", main memory ", share(energy.memory),
                      ", links ", share(energy.links), ", idle ", share(energy.idle));
}

// "512 W a chip, 73.1 % of its design power"
std::string PowerText(const RunEnergy& energy, const ChipSpec& chip) {
  const std::string watts = absl::StrFormat("%.0f W a chip", energy.mean_chip_power.value());
  if (!chip.tdp) return watts;
  return absl::StrCat(watts, ", ", PercentText(energy.mean_chip_power / *chip.tdp),
                      " of its design power");
}

// ", 0.21 USD a million tokens"
std::string OfTokens(double dollars, double tokens) {
  if (tokens <= 0) return "";
  return absl::StrCat(", ", Dollars(dollars / tokens * 1e6), " a million tokens");
}

}  // namespace

Facts EnergyFacts(const ScenarioSpec& scenario, const SimulationResult& result) {
  Facts facts;
  const double tokens = TokensOfRun(result);
  const std::optional<RunEnergy> energy = EnergyOfRun(scenario, result);
  const std::optional<RunCost> run_cost = CostOfRun(scenario, result);
  if (energy) {
    const double joules = energy->total().value();
    facts.emplace_back(
        "energy",
        absl::StrCat(Joules(joules),
                     tokens > 0 ? absl::StrCat(", ", Joules(joules / tokens), " a token") : "",
                     ": ", Parts(*energy)));
    facts.emplace_back("mean power", PowerText(*energy, scenario.system.chip));
  }
  if (!run_cost) return facts;
  const RunCost& cost = *run_cost;
  if (cost.capital && cost.electricity) {
    const OwnedChip terms;
    const double owned = cost.capital->value() + cost.electricity->value();
    facts.emplace_back(
        "owned",
        absl::StrCat(Dollars(owned), OfTokens(owned, tokens), " (power ",
                     PercentText(cost.electricity->value() / owned), "; ",
                     absl::StrFormat("%g years at %.0f %%, PUE %g, %g USD/kWh)", terms.life_years,
                                     100 * terms.utilisation, terms.facility_factor,
                                     terms.dollars_per_kilowatt_hour)));
  }
  if (cost.rent) {
    facts.emplace_back(
        "rented", absl::StrCat(Dollars(cost.rent->value()), OfTokens(cost.rent->value(), tokens)));
  }
  return facts;
}

}  // namespace tessera
