#include "partition/data_axis.h"

#include "core/status_macros.h"
#include "partition/host_transfer.h"

namespace tessera {
namespace {

Bytes BytesOf(double parameters, double each) {
  return Bytes(static_cast<int64_t>(parameters * each));
}

}  // namespace

DataAxis::DataAxis(const LoweringContext& context)
    : context_(context),
      replicas_(context.map.GroupSize(Axis::kData)),
      expert_replicas_(context.model().moe ? context.map.GroupSize(Axis::kExpertData) : 1),
      overlaps_(context.plan.overlap_data && context.facts.overlaps_data) {}

void DataAxis::Write(InstructionWriter& out, const CollectiveCall& call, WaitSlot slot) const {
  if (overlaps_) {
    out.Start(call, slot);
  } else {
    out.Collective(call);
  }
}

void DataAxis::WriteGradients(InstructionWriter& out, const RankParameters& parameters,
                              bool final) const {
  const char* label = "gradient reduction";
  const Bytes dense = BytesOf(parameters.dense, context_.facts.gradient_wire_bytes);
  const Bytes expert = BytesOf(parameters.expert, context_.facts.gradient_wire_bytes);
  const WaitSlot slot = WaitSlot::kGradient;
  if (context_.plan.zero_stage == 0) {
    Write(out, {CollectiveOp::kAllReduce, Axis::kData, dense, label}, slot);
    Write(out, {CollectiveOp::kAllReduce, Axis::kExpertData, expert, label}, slot);
    return;
  }
  Write(out, {CollectiveOp::kReduceScatter, Axis::kShard, dense, label}, slot);
  if (final && context_.facts.overlaps_replicas) {
    Write(out, ReplicaReduction(parameters), slot);
  }
  Write(out, {CollectiveOp::kReduceScatter, Axis::kExpertData, expert, label}, slot);
}

CollectiveCall DataAxis::ReplicaReduction(const RankParameters& parameters) const {
  const double shard = parameters.dense / context_.plan.zero_group;
  return {CollectiveOp::kAllReduce, Axis::kReplica,
          BytesOf(shard, context_.facts.gradient_wire_bytes), "gradient reduction"};
}

void DataAxis::WriteLateGradients(InstructionWriter& out, const RankParameters& parameters) const {
  if (context_.plan.zero_stage == 0 || context_.facts.overlaps_replicas) return;
  out.Collective(ReplicaReduction(parameters));
}

void DataAxis::WriteGather(InstructionWriter& out, const RankParameters& parameters) const {
  const char* label = "parameter gather";
  const double each = context_.facts.parameter_wire_bytes;
  Write(out, {CollectiveOp::kAllGather, Axis::kShard, BytesOf(parameters.dense, each), label},
        WaitSlot::kParameters);
  Write(out, {CollectiveOp::kAllGather, Axis::kExpertData, BytesOf(parameters.expert, each), label},
        WaitSlot::kParameters);
}

void DataAxis::WaitForParameters(InstructionWriter& out) const {
  if (overlaps()) out.Wait(WaitSlot::kParameters);
}

void DataAxis::WaitForGradients(InstructionWriter& out) const {
  if (overlaps()) out.Wait(WaitSlot::kGradient);
}

double DataAxis::ShardOf(const RankParameters& parameters) const {
  if (context_.plan.zero_stage == 0) return parameters.total();
  return parameters.dense / context_.plan.zero_group + parameters.expert / expert_replicas_;
}

absl::Status DataAxis::WriteOptimizer(InstructionWriter& out,
                                      const RankParameters& parameters) const {
  const double shard = ShardOf(parameters);
  TESSERA_ASSIGN_OR_RETURN(
      Work work, context_.Cost({OptimizerStep(shard, context_.facts.optimizer_traffic_bytes)}));
  if (context_.plan.optimizer_offload) {
    // Gradients go to the host and new weights come back, over a full-duplex link.
    ClassWork& step = work.by_class[static_cast<size_t>(OperatorClass::kOptimizer)];
    step.time += HostTransferTime(context_, BytesOf(shard, context_.facts.gradient_bytes));
  }
  out.Compute(work, "optimizer step");
  return absl::OkStatus();
}

}  // namespace tessera
