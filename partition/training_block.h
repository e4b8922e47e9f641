// One block of a layer (attention, dense MLP, experts) in training: forward and backward as
// instructions of one rank, with the collectives of the tensor, context and expert axes.
//
// Tensor parallelism (Shoeybi 2019): a block's first products are split by columns, its last by
// rows. Without sequence parallelism the forward pass ends in an all-reduce and the backward pass
// all-reduces the input gradient. With it (Korthikanti 2022) a gather enters and a scatter leaves
// the block in both directions, and backward gathers the kept shard of the input once more.
// Software that can runs the input gradient's collective under the weight gradient of the first
// products, and the repeated gather under their input gradient.
//
// Context parallelism, around the attention core (s tokens over c ranks, A query and K key/value
// heads of d values; bytes sent a rank, forward, times (c-1)/c; arXiv 2310.01889, 2309.14509):
// - ring: blocks of keys and values go round under the core, 2 s K d; backward they come again with
//   their gradients. Priced as one gather, whose rounds these are.
// - all_gather: the same bytes before the core; backward gathers again and scatters the gradients.
// - ulysses: all-to-all of queries, keys and values, then of results, (s/c)(2 A + 2 K) d, backward
//   the other way round.
// None hides under the core but the ring.
#pragma once

#include "absl/status/statusor.h"
#include "partition/lowering_context.h"
#include "partition/overlapped_work.h"

namespace tessera {

// How a backward pass is written.
enum class BackwardPart : uint8_t {
  kWhole,
  kInputGradient,   // Schedules that split: what the previous stage waits for.
  kWeightGradient,  // And the rest.
};

class TrainingBlock {
 public:
  TrainingBlock(const LoweringContext& context, const ShardShape& shape)
      : context_(context), shape_(shape) {}

  // Lists of the block's operators, in order; the backward list ends with input and weight gradient
  // of the first product and the norm.
  absl::Status SetOperators(absl::Span<const Operator> forward,
                            absl::Span<const Operator> backward);

  void WriteForward(InstructionWriter& out) const;
  // The forward pass again, from the kept input of the layer.
  void WriteRecompute(InstructionWriter& out) const;
  void WriteBackward(InstructionWriter& out, BackwardPart part) const;

  // Of one micro-batch over the whole context group, on one tensor rank; 0: no attention in this
  // block.
  struct ContextBytes {
    Bytes queries, keys_and_values;
  };
  void SetContextBytes(const ContextBytes& bytes) { context_bytes_ = bytes; }
  // The residual stream of one micro-batch on one rank's context share, whole over the tensor
  // group.
  Bytes StreamBytes() const;

 private:
  CollectiveCall TensorCall(CollectiveOp op, const char* label) const;
  void WriteUnderTensor(InstructionWriter& out, const CollectiveCall& call,
                        const SharedWork& work) const;
  void WriteChunked(InstructionWriter& out, const CollectiveCall& call,
                    const SharedWork& work) const;
  enum class Direction : uint8_t { kForward, kBackward };
  CollectiveCall BeforeCore(Direction direction) const;
  CollectiveCall AfterCore(Direction direction) const;
  void WriteCore(InstructionWriter& out, Direction direction) const;
  Work WholeForward() const;
  void WriteWholeBackward(InstructionWriter& out) const;

  const LoweringContext& context_;
  ShardShape shape_;
  ContextBytes context_bytes_;
  // Forward: first products, what lies between (attention core apart), last product.
  SharedWork entry_, core_, exit_;
  Work middle_;
  // Backward, in its order.
  SharedWork exit_gradient_, core_gradient_, input_gradient_, weight_gradient_;
  Work body_gradient_, tail_gradient_;
  // Of the whole block, for schedules that split.
  Work all_input_gradients_, all_weight_gradients_;
};

}  // namespace tessera
