// The expert block of a sparse layer in training: router and shared experts where the tokens live,
// exchange, routed experts, exchange back.
#pragma once

#include "absl/status/statusor.h"
#include "partition/expert_exchange.h"
#include "partition/lowering_context.h"
#include "partition/training_block.h"

namespace tessera {

class SparseBlock {
 public:
  SparseBlock(const LoweringContext& context, const ShardShape& shape);

  absl::Status Prepare();
  // Ranks of different expert positions, or layers, have different work.
  bool uniform() const { return exchange_.uniform(); }

  struct Place {
    int layer = 0;
    int position = 0;  // In the expert group.
  };
  absl::Status WriteForward(InstructionWriter& out, const Place& place, bool recompute);
  // What selective recomputation repeats; without the exchange, whose tokens are kept.
  absl::Status WriteSelective(InstructionWriter& out, const Place& place);
  absl::Status WriteBackward(InstructionWriter& out, const Place& place, BackwardPart part);

 private:
  // Experts between dispatch and combine; `work` is theirs.
  void WriteExchange(InstructionWriter& out, const LayerRouting& routing, const Work& work,
                     const char* label) const;
  // Tokens of the experts of one rank. Those with a capacity work on all their slots, full or not.
  std::vector<int64_t> RowsAt(const Place& place);
  Bytes StreamBytes() const;

  const LoweringContext& context_;
  ShardShape shape_;
  ExpertExchange exchange_;
  Work router_, router_again_, router_input_gradient_, router_weight_gradient_;
};

}  // namespace tessera
