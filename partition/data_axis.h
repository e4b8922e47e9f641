// Traffic of the data axis: gradient reduction, parameter gathers of sharded states, the optimizer.
//
// ZeRO (Rajbhandari 2020). Stage 0: one all-reduce of gradients. Stage 1 and 2: reduce-scatter of
// gradients, optimizer on 1/D, all-gather of parameters; stage 2 scatters in every backward pass.
// Stage 3 gathers parameters before every forward and backward pass. With zero_group below the
// data group (hybrid sharding) shards are all-reduced over the replicas once a step. Experts do the
// same over the ranks that hold equal experts.
#pragma once

#include "absl/status/statusor.h"
#include "partition/instruction_writer.h"
#include "partition/lowering_context.h"
#include "partition/stage_parameters.h"

namespace tessera {

class DataAxis {
 public:
  explicit DataAxis(const LoweringContext& context);

  // Some axis has replicas at all.
  bool active() const { return replicas_ > 1 || expert_replicas_ > 1; }
  bool overlaps() const { return overlaps_ && active(); }
  bool reduces_every_pass() const { return context_.plan.zero_stage >= 2; }
  bool gathers_every_pass() const { return context_.plan.zero_stage >= 3; }
  bool gathers_after_step() const { return context_.plan.zero_stage >= 1 && !gathers_every_pass(); }

  // Gradients of some layers. `final`: the last pass of the step; others only scatter.
  void WriteGradients(InstructionWriter& out, const RankParameters& parameters, bool final) const;
  // What software leaves to the end of the step, for all parameters of the rank.
  void WriteLateGradients(InstructionWriter& out, const RankParameters& parameters) const;
  // Their parameters, to be waited for by WaitForParameters where the axis overlaps.
  void WriteGather(InstructionWriter& out, const RankParameters& parameters) const;
  void WaitForParameters(InstructionWriter& out) const;
  void WaitForGradients(InstructionWriter& out) const;

  // The optimizer step on this rank's shard of its parameters.
  absl::Status WriteOptimizer(InstructionWriter& out, const RankParameters& parameters) const;

 private:
  void Write(InstructionWriter& out, const CollectiveCall& call, WaitSlot slot) const;
  CollectiveCall ReplicaReduction(const RankParameters& parameters) const;
  double ShardOf(const RankParameters& parameters) const;

  const LoweringContext& context_;
  int replicas_;
  int expert_replicas_;
  bool overlaps_;
};

}  // namespace tessera
