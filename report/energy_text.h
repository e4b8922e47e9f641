// Energy and money of a run in words.
#pragma once

#include "report/request_text.h"

namespace tessera {

// Empty where neither is known.
Facts EnergyFacts(const ScenarioSpec& scenario, const SimulationResult& result);

}  // namespace tessera
