// What the ranks of an expert group exchange in one sparse layer, and how many tokens reach every
// expert: from the routing of `workload` to collective calls.
//
// Experts that lie inside a tensor group whose ranks all hold the same tokens need no exchange:
// each rank computes its experts on all tokens and the block's all-reduce adds them up.
//
// Kernels of their own (SoftwareSpec::exchange) send the copies that their rule says; else what
// framework and communication library do: all-to-all. Where all ranks and layers are alike, such
// kernels move the mean copies of a uniform routing, which may be fractions.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "partition/lowering_context.h"
#include "workload/expert_routing.h"

namespace tessera {

struct LayerRouting {
  std::vector<int64_t> expert_rows;  // Of the whole expert group.
  CollectiveCall dispatch, combine;  // No bytes where nothing is exchanged.
};

class ExpertExchange {
 public:
  struct Params {
    // Of one micro-batch (or decode step) on one data and context rank, whole over the tensor
    // group.
    int64_t tokens = 0;
    bool distributed = false;  // Tensor ranks hold different tokens (sequence parallelism).
    ExchangeMode mode = ExchangeMode::kHighThroughput;  // Of kernels of their own.
  };
  ExpertExchange(const LoweringContext& context, const Params& params);

  // All layers and ranks are alike: balanced routing with enough tokens for every expert.
  bool uniform() const { return uniform_; }
  // Inside the tensor group, without exchange.
  bool local() const { return local_; }
  // Kernels of their own; null: none.
  const ExchangeFamily* kernels() const { return kernels_; }

  const LayerRouting& Of(int layer);
  // Tokens of each expert that the rank at `position` of the expert group holds.
  std::vector<int64_t> RowsAt(const LayerRouting& routing, int position) const;
  // One split expert's tokens, gathered over and scattered back to its parts; 0: not needed.
  Bytes ExpertTensorBytes() const;

 private:
  // As in TokenExchange, of all tokens that an expert's parts hold together.
  struct Copies {
    std::vector<double> copies, node_copies;
  };
  LayerRouting Uniform() const;
  LayerRouting Drawn(int layer) const;
  Copies EvenCopies() const;
  Copies CopiesOf(const ExpertRouting& drawn) const;
  bool MergesCopies() const;
  CollectiveCall Call(const Copies& copies, bool combine) const;
  void SetKernelCall(const Copies& copies, bool combine, CollectiveCall& call) const;
  double DispatchBytes() const;
  double CombineBytes() const;

  const LoweringContext& context_;
  int64_t tokens_;  // That one rank brings (local: that all ranks hold).
  bool local_;
  ExchangeMode mode_;
  bool uniform_;
  const ExchangeFamily* kernels_;
  std::map<int, LayerRouting> layers_;
};

}  // namespace tessera
