// Sets the job of a scenario that a test has just made.
#pragma once

#include "configs/job_spec.h"

namespace tessera {

// Not inlined: GCC 12 takes the empty job of a new scenario for uninitialised strings.
template <typename Job>
[[gnu::noinline]] void SetJob(const Job& job, ScenarioSpec& scenario) {
  scenario.job = job;
}

}  // namespace tessera
