// PHOLD, the synthetic load by which event engines are compared (Fujimoto, "Performance of Time
// Warp under synthetic workloads", 1990): a constant population of events; each one delivered
// makes its logical process send one more, to itself or to a process chosen at random.
#pragma once

#include <cstdint>

#include "core/engine.h"
#include "core/random.h"
#include "core/units.h"

namespace tessera::phold {

// Of all processes. Delays are lookahead + an exponential variate of `mean_beyond_lookahead`.
struct Params {
  uint64_t logical_processes = 1;
  uint64_t start_events = 1;  // Of each process.
  double remote_probability = 0.1;
  Duration lookahead = std::chrono::nanoseconds(100);
  Duration mean_beyond_lookahead = std::chrono::nanoseconds(900);
  uint64_t seed = 1;
};

// One cache line: a process is touched once an event and lies anywhere.
class alignas(64) LogicalProcess : public Component {
 public:
  // `id` is what the engine gives this process, or what stands for it there; processes are the
  // components 0 to params.logical_processes - 1. `params` outlives it.
  LogicalProcess(ComponentId id, const Params& params)
      : params_(&params), random_({.run_seed = params.seed, .component = id}) {}

  // Sends the start events of process `id`.
  void Start(ComponentId id, Engine& engine);
  void OnEvent(const Event& event, Engine& engine) override { SendNext(event.target, engine); }

 private:
  void SendNext(ComponentId id, Engine& engine);

  const Params* params_;
  RandomStream random_;
};
static_assert(sizeof(LogicalProcess) == 64);

// Runs until `end` (inclusive) and returns the number of events delivered.
int64_t Run(const Params& params, Time end);

}  // namespace tessera::phold
