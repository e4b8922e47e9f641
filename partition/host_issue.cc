#include "partition/host_issue.h"

namespace tessera {
namespace {

constexpr int kKernelsForward = 60;
constexpr int kKernelsBackward = 120;
constexpr int kProducts = 2;  // Of an expert, forward; their gradients are twice as many.

// Passes that quantise one operand of a product. Scales of blocks come with the values; one scale a
// tensor needs its largest value first, and the scale.
int QuantisingKernels(Precision compute) {
  if (StorageBits(compute) >= 16) return 0;
  return compute == Precision::kFp8 ? 3 : 1;
}

}  // namespace

HostIssueTime SparseIssueTime(const LoweringContext& context) {
  const SystemSpec& system = context.scenario.system;
  const ChipSpec& chip = context.chip.spec();
  const bool graphs = system.chips_per_node > context.facts.most_chips_without_graphs;
  if (!context.facts.issues_sparse_layers || graphs || !context.model().moe || !chip.overhead) {
    return {};
  }
  const int64_t experts = context.model().moe->experts / context.plan.expert;
  const int quantising = QuantisingKernels(context.precision().compute);
  const int64_t forward = kKernelsForward + experts * kProducts * (1 + quantising);
  const int64_t backward = kKernelsBackward + experts * kProducts * (2 + quantising);
  const Duration call = chip.overhead->framework_call;
  HostIssueTime time{.forward = call * forward, .backward = call * backward};
  if (context.plan.recompute == Recompute::kFull) time.backward += time.forward;
  return time;
}

}  // namespace tessera
