// What the ranks of an expert group exchange in one sparse layer, and how many tokens reach every
// expert: from the routing of `workload` to collective calls.
//
// Experts that lie inside a tensor group whose ranks all hold the same tokens need no exchange:
// each rank computes its experts on all tokens and the block's all-reduce adds them up.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "partition/lowering_context.h"

namespace tessera {

struct LayerRouting {
  std::vector<int64_t> expert_rows;  // Of the whole expert group.
  CollectiveCall dispatch, combine;  // No bytes where nothing is exchanged.
};

class ExpertExchange {
 public:
  // `tokens`: of one micro-batch (or decode step) on one data and context rank, whole over the
  // tensor group. `distributed`: tensor ranks hold different tokens (sequence parallelism).
  ExpertExchange(const LoweringContext& context, int64_t tokens, bool distributed);

  // All layers and ranks are alike: balanced routing with enough tokens for every expert.
  bool uniform() const { return uniform_; }
  // Inside the tensor group, without exchange.
  bool local() const { return local_; }

  const LayerRouting& Of(int layer);
  // Tokens of each expert that the rank at `position` of the expert group holds.
  std::vector<int64_t> RowsAt(const LayerRouting& routing, int position) const;
  // One split expert's tokens, gathered over and scattered back to its parts; 0: not needed.
  Bytes ExpertTensorBytes() const;

 private:
  LayerRouting Uniform() const;
  LayerRouting Drawn(int layer) const;
  int32_t AddMatrix(const std::vector<int64_t>& copies, double bytes_per_copy, bool transposed,
                    Bytes& largest) const;
  double DispatchBytes() const;
  double CombineBytes() const;

  const LoweringContext& context_;
  int64_t tokens_;  // That one rank brings (local: that all ranks hold).
  bool local_;
  bool uniform_;
  std::map<int, LayerRouting> layers_;
};

}  // namespace tessera
