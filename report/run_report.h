// What every rendering of a finished run is made from.
#pragma once

#include "absl/strings/string_view.h"
#include "configs/job_spec.h"
#include "nodes/simulation.h"

namespace tessera {

// References and views outlive the rendering.
struct RunReport {
  const ScenarioSpec& scenario;
  const SimulationResult& result;
  absl::string_view scenario_text;  // The scenario file with its overrides, so that a reader can
                                    // repeat the run.
  double wall_seconds = 0;          // Of the whole run; kept out of every hash.
  double cpu_seconds = 0;
};

}  // namespace tessera
