// One forward step of inference (a prefill, or a decode step of a running batch) through the layers
// of one pipeline stage, as instructions of one rank without the messages between stages.
//
// Tensor parallelism all-reduces after attention and after the MLP. Sparse layers exchange tokens
// over the expert group, or add up over the tensor group where the experts lie inside it. Context
// ranks gather keys and values in prefill; in decode each attends to its share of the cache and the
// partial results, with their log-sum-exp, are gathered. With overlap_expert the batch is cut in
// two halves whose exchanges hide under each other's computation. Software that streams weights
// loads those of the next layer part under an all-reduce (partition/weight_stream.h).
//
// Early exits: of `count` steps each layer runs in as many as its chance says (workload/
// conditional.h), fractions carried on to the next layer, so that their sum is right. What the
// layers left out would have added to the cache is not counted.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "partition/expert_exchange.h"
#include "partition/lowering_context.h"
#include "partition/stage_parameters.h"
#include "partition/weight_stream.h"

namespace tessera {

struct StepShape {
  int64_t batch = 1;   // Sequences of this micro-batch on this replica.
  int64_t q_len = 1;   // New tokens of each.
  int64_t kv_len = 1;  // Visible keys of each, new ones included.
  AttentionPhase phase = AttentionPhase::kDecode;
  int32_t count = 1;          // Equal steps one after the other.
  int64_t positions = 1;      // New tokens of each sequence that need logits.
  bool leaves_early = false;  // The job's early exits apply.
};

class InferenceStep {
 public:
  InferenceStep(const LoweringContext& context, const ModelPartition& partition,
                const StepShape& step);

  absl::Status Prepare();
  bool uniform() const { return exchange_ == nullptr || exchange_->uniform(); }
  // Layers of `chunk`, and the model's ends where it holds them.
  absl::Status Write(InstructionWriter& out, int chunk, int position);

 private:
  absl::StatusOr<Work> Cost(absl::Span<const Operator> operators) const;
  absl::StatusOr<Work> AttentionWork(bool windowed) const;
  bool Windowed(int layer) const;
  const Work& Attention(int layer) const { return Windowed(layer) ? windowed_ : full_; }

  void CountRuns();
  int32_t RunsOf(int layer) const { return runs_[static_cast<size_t>(layer)]; }
  Bytes HostBytes(int layer) const;
  void WriteHostTransfer(WeightStream& out, int layer, int32_t runs) const;
  CollectiveCall AllReduce(const char* label, int32_t runs) const;
  void WriteAttention(WeightStream& out, int layer) const;
  absl::Status WriteLayer(WeightStream& out, int layer, int position);
  absl::Status WriteSparse(WeightStream& stream, int layer, int position);
  static CollectiveCall Counted(CollectiveCall call, int32_t runs);
  Bytes StreamBytes() const;
  double ExchangeStretch() const;

  const LoweringContext& context_;
  const ModelPartition& partition_;
  StepShape step_;
  int halves_;
  ShardShape shape_;  // Of one half.
  std::unique_ptr<ExpertExchange> exchange_;
  Duration room_{};                                         // For weights ahead of their use.
  std::vector<int32_t> runs_;                               // Of each layer.
  Work full_, windowed_, mlp_, router_, embedding_, head_;  // Of one step.
};

}  // namespace tessera
