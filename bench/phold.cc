#include "bench/phold.h"

#include <vector>

namespace tessera::phold {

void LogicalProcess::Start(ComponentId id, Engine& engine) {
  for (uint64_t i = 0; i < params_->start_events; ++i) SendNext(id, engine);
}

void LogicalProcess::SendNext(ComponentId id, Engine& engine) {
  ComponentId target = id;
  if (random_.Bernoulli(params_->remote_probability)) {
    target = static_cast<ComponentId>(random_.Below(params_->logical_processes));
  }
  const double beyond =
      random_.Exponential(static_cast<double>(params_->mean_beyond_lookahead.count()));
  const Duration delay = params_->lookahead + Duration(static_cast<int64_t>(beyond));
  engine.Send(id, engine.now() + delay, target, 0, 0);
}

int64_t Run(const Params& params, Time end) {
  std::vector<LogicalProcess> processes;
  processes.reserve(params.logical_processes);
  Engine engine;
  for (uint64_t i = 0; i < params.logical_processes; ++i) {
    processes.emplace_back(static_cast<ComponentId>(i), params);
    engine.Add(processes.back());
  }
  for (uint64_t i = 0; i < params.logical_processes; ++i) {
    processes[i].Start(static_cast<ComponentId>(i), engine);
  }
  engine.Run(end);
  return engine.events_delivered();
}

}  // namespace tessera::phold
