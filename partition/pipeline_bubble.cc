#include "partition/pipeline_bubble.h"

namespace tessera {

double BubblePasses(const PlanSpec& plan) {
  const double p = plan.pipeline;
  switch (plan.schedule) {
    case PipelineSchedule::kInterleaved:
      return (p - 1) / plan.virtual_stages;
    case PipelineSchedule::kZbH1:
      return (p - 1) * 2 / 3;  // (p-1)(TF+TB-TW) with a third of the backward pass each.
    case PipelineSchedule::kZbH2:
    case PipelineSchedule::kZbV:
      return (p - 1) / 3;  // The start-up skew of one forward pass a stage.
    case PipelineSchedule::kDualPipe:
      return (p / 2 - 1) * 2 / 3;  // (p/2-1)(F&B + B - 3W).
    case PipelineSchedule::kGpipe:
    case PipelineSchedule::kOneForwardOneBackward:
      break;
  }
  return p - 1;
}

double SteadyHops(const PlanSpec& plan) {
  const double p = plan.pipeline;
  const bool no_slack = plan.schedule == PipelineSchedule::kOneForwardOneBackward ||
                        plan.schedule == PipelineSchedule::kZbH1;
  return no_slack ? 2 * (p - 1) / p : 0;
}

}  // namespace tessera
