#include "partition/training_block.h"

#include <algorithm>

#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr char kForwardLabel[] = "layer forward";
constexpr char kBackwardLabel[] = "layer backward";

bool IsProduct(const Operator& op) {
  return op.kind == OperatorKind::kGemm && op.category != OperatorClass::kAttentionCore;
}
bool IsCore(const Operator& op) { return op.category == OperatorClass::kAttentionCore; }
bool IsWeightGradient(const Operator& op) { return IsProduct(op) && op.accumulate_fp32_output; }

using Operators = std::vector<Operator>;

// Index of the first or last operator that satisfies the predicate; size() if none.
size_t First(absl::Span<const Operator> list, bool (*is)(const Operator&)) {
  return static_cast<size_t>(std::find_if(list.begin(), list.end(), is) - list.begin());
}
size_t Last(absl::Span<const Operator> list, bool (*is)(const Operator&)) {
  for (size_t i = list.size(); i > 0; --i) {
    if (is(list[i - 1])) return i - 1;
  }
  return list.size();
}

struct ForwardParts {
  Operators entry, middle, core, exit;
};

ForwardParts SplitForward(absl::Span<const Operator> list) {
  ForwardParts parts;
  const size_t entry = First(list, IsProduct);
  const size_t exit = Last(list, IsProduct);
  for (size_t i = 0; i < list.size(); ++i) {
    Operators& part = i == entry        ? parts.entry
                      : i == exit       ? parts.exit
                      : IsCore(list[i]) ? parts.core
                                        : parts.middle;
    part.push_back(list[i]);
  }
  return parts;
}

struct BackwardParts {
  Operators exit, body, core, input_gradient, weight_gradient, tail;
};

BackwardParts SplitBackward(absl::Span<const Operator> list) {
  BackwardParts parts;
  const size_t exit = First(list, IsProduct);
  const size_t weight = Last(list, IsWeightGradient);
  const size_t input =
      Last(list.subspan(0, weight), [](const Operator& op) { return IsProduct(op); });
  for (size_t i = 0; i < list.size(); ++i) {
    Operators& part = i > weight                   ? parts.tail
                      : i == weight                ? parts.weight_gradient
                      : i == input                 ? parts.input_gradient
                      : i == exit || i == exit + 1 ? parts.exit
                      : IsCore(list[i])            ? parts.core
                                                   : parts.body;
    part.push_back(list[i]);
  }
  return parts;
}

}  // namespace

Bytes TrainingBlock::StreamBytes() const {
  const int64_t rows = shape_.batch * (shape_.q_len / shape_.context);
  return StorageBytes(shape_.precision.activations, rows * context_.model().hidden);
}

CollectiveCall TrainingBlock::TensorCall(CollectiveOp op, const char* label) const {
  return {.op = op, .axis = Axis::kTensor, .bytes = StreamBytes(), .label = label};
}

absl::Status TrainingBlock::SetOperators(absl::Span<const Operator> forward,
                                         absl::Span<const Operator> backward) {
  const ForwardParts f = SplitForward(forward);
  const BackwardParts b = SplitBackward(backward);
  TESSERA_ASSIGN_OR_RETURN(entry_, SharedCost(context_, f.entry));
  TESSERA_ASSIGN_OR_RETURN(middle_, context_.Cost(f.middle));
  TESSERA_ASSIGN_OR_RETURN(core_, SharedCost(context_, f.core));
  TESSERA_ASSIGN_OR_RETURN(exit_, SharedCost(context_, f.exit));
  TESSERA_ASSIGN_OR_RETURN(exit_gradient_, SharedCost(context_, b.exit));
  TESSERA_ASSIGN_OR_RETURN(body_gradient_, context_.Cost(b.body));
  TESSERA_ASSIGN_OR_RETURN(core_gradient_, SharedCost(context_, b.core));
  TESSERA_ASSIGN_OR_RETURN(input_gradient_, SharedCost(context_, b.input_gradient));
  TESSERA_ASSIGN_OR_RETURN(weight_gradient_, SharedCost(context_, b.weight_gradient));
  TESSERA_ASSIGN_OR_RETURN(tail_gradient_, context_.Cost(b.tail));
  Operators input, weight;
  for (const Operator& op : backward) (IsWeightGradient(op) ? weight : input).push_back(op);
  TESSERA_ASSIGN_OR_RETURN(all_input_gradients_, context_.Cost(input));
  TESSERA_ASSIGN_OR_RETURN(all_weight_gradients_, context_.Cost(weight));
  return absl::OkStatus();
}

void TrainingBlock::WriteUnderTensor(InstructionWriter& out, const CollectiveCall& call,
                                     const SharedWork& work) const {
  if (!context_.facts.overlaps_tensor_backward || !out.Active(call)) {
    out.Collective(call);
    out.Compute(work.alone, kBackwardLabel);
    return;
  }
  out.Start(call, WaitSlot::kTensor);
  out.Compute(work.Under(context_.estimate.Collective(call.op, call.axis, call.bytes)),
              kBackwardLabel);
  out.Wait(WaitSlot::kTensor);
}

// The collective in as many chunks as the group has members: one is exposed, the others run under
// the product that consumes or makes them.
void TrainingBlock::WriteChunked(InstructionWriter& out, const CollectiveCall& call,
                                 const SharedWork& work) const {
  if (!context_.facts.overlaps_tensor && !context_.plan.overlap_tensor) {
    out.Collective(call);
    out.Compute(work.alone, call.label);
    return;
  }
  CollectiveCall first = call;
  CollectiveCall rest = call;
  first.bytes = Bytes(call.bytes.count() / context_.plan.tensor);
  rest.bytes = call.bytes - first.bytes;
  out.Collective(first);
  out.Start(rest, WaitSlot::kTensor);
  out.Compute(out.Active(rest)
                  ? work.Under(context_.estimate.Collective(rest.op, rest.axis, rest.bytes))
                  : work.alone,
              call.label);
  if (out.Active(rest)) out.Wait(WaitSlot::kTensor);
}

CollectiveCall TrainingBlock::BeforeCore(Direction direction) const {
  const bool backward = direction == Direction::kBackward;
  const auto& [queries, keys_and_values] = context_bytes_;
  CollectiveCall call = {
      .op = CollectiveOp::kAllGather, .axis = Axis::kContext, .label = "context exchange"};
  switch (context_.plan.context_exchange) {
    case ContextExchange::kRing:
      call.bytes = backward ? 2 * keys_and_values : keys_and_values;
      break;
    case ContextExchange::kAllGather:
      call.bytes = keys_and_values;
      break;
    case ContextExchange::kUlysses:
      call.op = CollectiveOp::kAllToAll;
      call.bytes = backward ? queries : queries + keys_and_values;
      call.bytes = Bytes(call.bytes.count() / shape_.context);
  }
  return call;
}

CollectiveCall TrainingBlock::AfterCore(Direction direction) const {
  const bool backward = direction == Direction::kBackward;
  const auto& [queries, keys_and_values] = context_bytes_;
  CollectiveCall call = {
      .op = CollectiveOp::kReduceScatter, .axis = Axis::kContext, .label = "context exchange"};
  switch (context_.plan.context_exchange) {
    case ContextExchange::kRing:
      break;
    case ContextExchange::kAllGather:
      if (backward) call.bytes = keys_and_values;
      break;
    case ContextExchange::kUlysses:
      call.op = CollectiveOp::kAllToAll;
      call.bytes = backward ? queries + keys_and_values : queries;
      call.bytes = Bytes(call.bytes.count() / shape_.context);
  }
  return call;
}

// The attention core between its exchanges; the rounds of a ring pass under it.
void TrainingBlock::WriteCore(InstructionWriter& out, Direction direction) const {
  const bool backward = direction == Direction::kBackward;
  const SharedWork& core = backward ? core_gradient_ : core_;
  const char* label = backward ? kBackwardLabel : kForwardLabel;
  const CollectiveCall before = BeforeCore(direction);
  if (out.Active(before) && context_.plan.context_exchange == ContextExchange::kRing) {
    out.Start(before, WaitSlot::kTensor);
    out.Compute(core.Under(context_.estimate.Collective(before.op, before.axis, before.bytes)),
                label);
    out.Wait(WaitSlot::kTensor);
    return;
  }
  out.Collective(before);
  out.Compute(core.alone, label);
  out.Collective(AfterCore(direction));
}

void TrainingBlock::WriteForward(InstructionWriter& out) const {
  if (shape_.sequence_parallel) {
    WriteChunked(out, TensorCall(CollectiveOp::kAllGather, kForwardLabel), entry_);
    WriteCore(out, Direction::kForward);
    out.Compute(middle_, kForwardLabel);
    WriteChunked(out, TensorCall(CollectiveOp::kReduceScatter, kForwardLabel), exit_);
    return;
  }
  Work rest = middle_;
  rest.Add(entry_.alone);
  rest.Add(exit_.alone);
  if (context_.plan.context == 1) {
    rest.Add(core_.alone);
  } else {
    WriteCore(out, Direction::kForward);
  }
  out.Compute(rest, kForwardLabel);
  out.Collective(TensorCall(CollectiveOp::kAllReduce, kForwardLabel));
}

Work TrainingBlock::WholeForward() const {
  Work whole = middle_;
  for (const SharedWork* part : {&entry_, &core_, &exit_}) whole.Add(part->alone);
  return whole;
}

void TrainingBlock::WriteRecompute(InstructionWriter& out) const {
  const char* label = "recompute";
  if (shape_.sequence_parallel) out.Collective(TensorCall(CollectiveOp::kAllGather, label));
  CollectiveCall before = BeforeCore(Direction::kForward);
  CollectiveCall after = AfterCore(Direction::kForward);
  before.label = after.label = label;
  out.Collective(before);
  out.Compute(WholeForward().As(OperatorClass::kRecompute), label);
  out.Collective(after);
  out.Collective(TensorCall(
      shape_.sequence_parallel ? CollectiveOp::kReduceScatter : CollectiveOp::kAllReduce, label));
}

void TrainingBlock::WriteWholeBackward(InstructionWriter& out) const {
  const CollectiveCall gather = TensorCall(CollectiveOp::kAllGather, kBackwardLabel);
  const CollectiveCall scatter = TensorCall(CollectiveOp::kReduceScatter, kBackwardLabel);
  const CollectiveCall reduce = TensorCall(CollectiveOp::kAllReduce, kBackwardLabel);
  if (shape_.sequence_parallel) {
    WriteChunked(out, gather, exit_gradient_);
  } else {
    out.Compute(exit_gradient_.alone, kBackwardLabel);
  }
  WriteCore(out, Direction::kBackward);
  out.Compute(body_gradient_, kBackwardLabel);
  if (shape_.sequence_parallel) {
    WriteUnderTensor(out, gather, input_gradient_);
    WriteUnderTensor(out, scatter, weight_gradient_);
  } else {
    out.Compute(input_gradient_.alone, kBackwardLabel);
    WriteUnderTensor(out, reduce, weight_gradient_);
  }
  out.Compute(tail_gradient_, kBackwardLabel);
}

void TrainingBlock::WriteBackward(InstructionWriter& out, BackwardPart part) const {
  switch (part) {
    case BackwardPart::kWhole:
      return WriteWholeBackward(out);
    case BackwardPart::kInputGradient:
      if (shape_.sequence_parallel) {
        out.Collective(TensorCall(CollectiveOp::kAllGather, kBackwardLabel));
      }
      out.Collective(BeforeCore(Direction::kBackward));
      out.Compute(all_input_gradients_, kBackwardLabel);
      out.Collective(AfterCore(Direction::kBackward));
      out.Collective(TensorCall(
          shape_.sequence_parallel ? CollectiveOp::kReduceScatter : CollectiveOp::kAllReduce,
          kBackwardLabel));
      return;
    case BackwardPart::kWeightGradient:
      break;
  }
  if (shape_.sequence_parallel) {
    out.Collective(TensorCall(CollectiveOp::kAllGather, kBackwardLabel));
  }
  out.Compute(all_weight_gradients_, kBackwardLabel);
}

}  // namespace tessera
