// Energy of a whole run and the money that it stands for: what the operators of all ranks draw
// above idle, what all chips draw at idle while the run lasts, and the bits on the links. Owner's
// cost: capital over the machine's life and electricity at the mean power; else rent by the hour.
#pragma once

#include <optional>

#include "configs/job_spec.h"
#include "core/units.h"
#include "nodes/simulation.h"

namespace tessera {

// Of the whole machine.
struct RunEnergy {
  Energy compute{};  // Above idle: matrix units with the on-chip traffic that feeds them.
  Energy memory{};   // Main memory accesses.
  Energy links{};
  Energy idle{};  // Leakage, clocks, refresh of all chips.
  Power mean_chip_power{};
  Energy total() const { return compute + memory + links + idle; }
};

// What is not known is absent.
struct RunCost {
  std::optional<Money> capital{};
  std::optional<Money> electricity{};
  std::optional<Money> rent{};  // At the mean cloud price.
};

// Absent where the chip's power is not known, nothing ran or the run was stopped. Links whose
// energy a bit is not known count nothing.
std::optional<RunEnergy> EnergyOfRun(const ScenarioSpec& scenario, const SimulationResult& result);

// Absent where neither a price of the chip (or of a node) nor of an hour of it is known.
std::optional<RunCost> CostOfRun(const ScenarioSpec& scenario, const SimulationResult& result);

// Tokens that the run's tokens a second stand for.
double TokensOfRun(const SimulationResult& result);

}  // namespace tessera
