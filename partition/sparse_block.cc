#include "partition/sparse_block.h"

#include <cmath>

#include "core/status_macros.h"
#include "partition/selective_recompute.h"
#include "workload/capacity_dispatch.h"

namespace tessera {
namespace {

struct Gradients {
  std::vector<Operator> input, weight;
};

Gradients SplitGradients(absl::Span<const Operator> backward) {
  Gradients gradients;
  for (const Operator& op : backward) {
    (op.accumulate_fp32_output ? gradients.weight : gradients.input).push_back(op);
  }
  return gradients;
}

}  // namespace

SparseBlock::SparseBlock(const LoweringContext& context, const ShardShape& shape)
    : context_(context),
      shape_(shape),
      exchange_(context, {.tokens = shape.batch * (shape.q_len / shape.context),
                          .distributed = shape.sequence_parallel,
                          .mode = ExchangeMode::kHighThroughput}) {}

absl::Status SparseBlock::Prepare() {
  const ModelSpec& model = context_.model();
  std::vector<Operator> router = RouterForward(model, shape_);
  std::vector<Operator> backward = RouterBackward(model, shape_);
  const double capacity_factor = context_.scenario.moe_routing.capacity_factor;
  if (context_.facts.dispatches_by_masks && capacity_factor > 0) {
    for (const Operator& op : CapacityDispatchForward(model, shape_, capacity_factor)) {
      router.push_back(op);
    }
    for (const Operator& op : CapacityDispatchBackward(model, shape_, capacity_factor)) {
      backward.push_back(op);
    }
  }
  TESSERA_ASSIGN_OR_RETURN(router_, context_.Cost(router));
  TESSERA_ASSIGN_OR_RETURN(router_again_, context_.Cost(RepeatedBySelective(context_, router)));
  const Gradients gradients = SplitGradients(backward);
  TESSERA_ASSIGN_OR_RETURN(router_input_gradient_, context_.Cost(gradients.input));
  TESSERA_ASSIGN_OR_RETURN(router_weight_gradient_, context_.Cost(gradients.weight));
  return absl::OkStatus();
}

std::vector<int64_t> SparseBlock::RowsAt(const Place& place) {
  std::vector<int64_t> rows = exchange_.RowsAt(exchange_.Of(place.layer), place.position);
  const MoeRoutingSpec& routing = context_.scenario.moe_routing;
  if (routing.kind != MoeRoutingSpec::Kind::kBalanced || routing.capacity_factor <= 1) return rows;
  for (int64_t& r : rows) {
    r = static_cast<int64_t>(std::ceil(static_cast<double>(r) * routing.capacity_factor));
  }
  return rows;
}

Bytes SparseBlock::StreamBytes() const {
  const int64_t rows = shape_.batch * (shape_.q_len / shape_.context);
  return StorageBytes(shape_.precision.activations, rows * context_.model().hidden);
}

void SparseBlock::WriteExchange(InstructionWriter& out, const LayerRouting& routing,
                                const Work& work, const char* label) const {
  CollectiveCall parts = {.op = CollectiveOp::kAllGather,
                          .axis = Axis::kExpertTensor,
                          .bytes = exchange_.ExpertTensorBytes(),
                          .label = label};
  out.Collective(routing.dispatch);
  out.Collective(parts);
  out.Compute(work, label);
  parts.op = CollectiveOp::kReduceScatter;
  out.Collective(parts);
  out.Collective(routing.combine);
  if (shape_.sequence_parallel) return;
  // Every tensor rank ends with all tokens: added up where each computed a part of the experts,
  // gathered where each sent its share of the tokens.
  out.Collective({.op = exchange_.local() ? CollectiveOp::kAllReduce : CollectiveOp::kAllGather,
                  .axis = Axis::kTensor,
                  .bytes = StreamBytes(),
                  .label = label});
}

absl::Status SparseBlock::WriteForward(InstructionWriter& out, const Place& place, bool recompute) {
  const char* label = recompute ? "recompute" : "layer forward";
  const LayerRouting& routing = exchange_.Of(place.layer);
  TESSERA_ASSIGN_OR_RETURN(
      Work experts, context_.Cost(ExpertsForward(context_.model(), shape_.precision, RowsAt(place),
                                                 context_.plan.expert_tensor)));
  out.Compute(recompute ? router_.As(OperatorClass::kRecompute) : router_, label);
  WriteExchange(out, routing, recompute ? experts.As(OperatorClass::kRecompute) : experts, label);
  return absl::OkStatus();
}

absl::Status SparseBlock::WriteSelective(InstructionWriter& out, const Place& place) {
  const std::vector<Operator> experts = ExpertsForward(context_.model(), shape_.precision,
                                                       RowsAt(place), context_.plan.expert_tensor);
  TESSERA_ASSIGN_OR_RETURN(Work again, context_.Cost(RepeatedBySelective(context_, experts)));
  again.Add(router_again_);
  out.Compute(again.As(OperatorClass::kRecompute), "recompute");
  return absl::OkStatus();
}

absl::Status SparseBlock::WriteBackward(InstructionWriter& out, const Place& place,
                                        BackwardPart part) {
  const LayerRouting& routing = exchange_.Of(place.layer);
  const Gradients gradients = SplitGradients(ExpertsBackward(
      context_.model(), shape_.precision, RowsAt(place), context_.plan.expert_tensor));
  TESSERA_ASSIGN_OR_RETURN(Work input, context_.Cost(gradients.input));
  TESSERA_ASSIGN_OR_RETURN(const Work weight, context_.Cost(gradients.weight));
  const char* label = "layer backward";
  if (part != BackwardPart::kWeightGradient) {
    const bool whole = part != BackwardPart::kInputGradient;
    if (whole) input.Add(weight);
    WriteExchange(out, routing, input, label);
    out.Compute(router_input_gradient_, label);
    if (whole) out.Compute(router_weight_gradient_, label);
    return absl::OkStatus();
  }
  out.Compute(weight, label);
  out.Compute(router_weight_gradient_, label);
  return absl::OkStatus();
}

}  // namespace tessera
