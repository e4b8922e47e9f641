// Executes a pipeline order on paper: passes take given times, a message between neighbouring
// chunks takes one hop time and never contends. The closed form of a training step and the tests of
// the orders use it.
#pragma once

#include <vector>

#include "core/units.h"
#include "partition/pipeline/pipeline_order.h"

namespace tessera {

struct PassTimes {
  Duration forward{};
  Duration backward{};         // Both gradients, or the input gradient where the order splits them.
  Duration weight_gradient{};  // Only where the order splits them.
};

struct StageExecution {
  Duration busy{};
  Time first_begin;
  Time last_end;
  int peak_activations = 0;  // Passes whose activations are held at the same time.
  // Idle time between the stage's own first and last pass.
  Duration span_idle() const { return last_end - first_begin - busy; }
};

struct PipelineExecution {
  Duration makespan{};
  std::vector<StageExecution> stages;
};

// True where weight gradients are passes of their own.
bool SplitsBackward(PipelineSchedule schedule);
// True if the pass is the last that needs the activations of its micro-batch and chunk.
bool FreesActivations(PipelineSchedule schedule, const Pass& pass);

struct ExecutionParams {
  PipelineSchedule schedule = PipelineSchedule::kOneForwardOneBackward;
  PipelineParams pipeline;
  std::vector<PassTimes> chunks;  // By chunk along the model.
  Duration hop{};                 // Of one message between two stages.
};

// O(passes * stages) at worst. The order must be executable (a deadlock is a broken invariant).
PipelineExecution ExecutePipeline(const ExecutionParams& params, const PipelineOrder& order);

}  // namespace tessera
