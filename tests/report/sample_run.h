// A small finished run made by hand, for tests of its renderings.
#pragma once

#include "configs/job_spec.h"
#include "nodes/simulation.h"
#include "report/run_report.h"

namespace tessera {

// Two pipeline stages on two chips of one node; a training step of 100 us.
ScenarioSpec SampleScenario();
SimulationResult SampleResult();

inline constexpr char kSampleText[] = "name: sample\nsystem: \"a <b> & c\"\n";

}  // namespace tessera
