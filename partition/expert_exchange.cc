#include "partition/expert_exchange.h"

#include <algorithm>
#include <utility>

#include "collectives/exchange_kernel.h"
#include "core/integer.h"

namespace tessera {
namespace {

// A group of 128 narrow values carries one fp32 scale.
constexpr double kNarrowBytes = 1 + 4.0 / 128;
// Below this many tokens an expert, an even split is not what balanced routing gives.
constexpr int64_t kUniformTokensPerExpert = 4;

}  // namespace

ExpertExchange::ExpertExchange(const LoweringContext& context, const Params& params)
    : context_(context), mode_(params.mode) {
  const PlanSpec& plan = context.plan;
  local_ = !params.distributed && plan.expert * plan.expert_tensor <= plan.tensor;
  tokens_ = local_ ? params.tokens : CeilDiv<int64_t>(params.tokens, plan.tensor);
  const MoeSpec& moe = *context.model().moe;
  const int64_t block = local_ ? 1 : int64_t{plan.expert} * plan.expert_tensor;
  const bool balanced = context.scenario.moe_routing.kind == MoeRoutingSpec::Kind::kBalanced;
  uniform_ =
      balanced && tokens_ * block * moe.experts_per_token >= kUniformTokensPerExpert * moe.experts;
  kernels_ =
      local_ || plan.expert == 1 ? nullptr : context.scenario.software.exchange.For(params.mode);
}

double ExpertExchange::DispatchBytes() const {
  const PrecisionPlan& precision = context_.precision();
  const bool narrow =
      context_.facts.narrow_dispatch ||
      (kernels_ != nullptr && kernels_->narrow_dispatch && StorageBits(precision.compute) <= 8);
  const double activation = StorageBits(precision.activations) / 8;
  return context_.model().hidden * (narrow ? kNarrowBytes : activation);
}

double ExpertExchange::CombineBytes() const {
  return context_.model().hidden * StorageBits(context_.precision().activations) / 8;
}

bool ExpertExchange::MergesCopies() const {
  return kernels_ != nullptr ? kernels_->copies != CopyRule::kExpert
                             : context_.facts.merges_expert_copies;
}

LayerRouting ExpertExchange::Uniform() const {
  const PlanSpec& plan = context_.plan;
  const MoeSpec& moe = *context_.model().moe;
  LayerRouting routing;
  const int64_t block = local_ ? 1 : int64_t{plan.expert} * plan.expert_tensor;
  const int64_t rows = CeilDiv<int64_t>(tokens_ * block * moe.experts_per_token, moe.experts);
  routing.expert_rows.assign(static_cast<size_t>(moe.experts), rows);
  if (local_) return routing;
  if (kernels_ != nullptr) {
    const Copies even = EvenCopies();
    routing.dispatch = Call(even, /*combine=*/false);
    routing.combine = Call(even, /*combine=*/true);
    return routing;
  }
  const double copies =
      MergesCopies() ? ExpectedDistinctGroups(moe, plan.expert) : moe.experts_per_token;
  const double sent = static_cast<double>(tokens_) * copies;
  routing.dispatch = {.op = CollectiveOp::kAllToAll,
                      .axis = Axis::kExpert,
                      .bytes = Bytes(static_cast<int64_t>(sent * DispatchBytes())),
                      .label = "dispatch"};
  routing.combine = {.op = CollectiveOp::kAllToAll,
                     .axis = Axis::kExpert,
                     .bytes = Bytes(static_cast<int64_t>(sent * CombineBytes())),
                     .label = "combine"};
  return routing;
}

// Of a token whose experts lie on M of N nodes, any M alike, with the choice uniform among their
// experts.
ExpertExchange::Copies ExpertExchange::EvenCopies() const {
  const PlanSpec& plan = context_.plan;
  const int nodes = context_.estimate.PlacementOf(Axis::kExpert).nodes;
  const int limit = context_.scenario.moe_routing.max_nodes_per_token;
  const int open = limit > 0 ? std::min(limit, nodes) : nodes;
  MoeSpec reached = *context_.model().moe;
  reached.experts = std::max(reached.experts_per_token, reached.experts * open / nodes);
  const auto tokens = static_cast<double>(tokens_ * plan.expert_tensor);
  const double to_ranks =
      MergesCopies() ? ExpectedDistinctGroups(reached, std::max(1, plan.expert * open / nodes))
                     : reached.experts_per_token;
  const auto n = static_cast<size_t>(plan.expert);
  Copies even;
  even.copies.assign(n * n, tokens * to_ranks / plan.expert);
  even.node_copies.assign(n * static_cast<size_t>(nodes),
                          tokens * ExpectedDistinctGroups(reached, open) / nodes);
  return even;
}

ExpertExchange::Copies ExpertExchange::CopiesOf(const ExpertRouting& drawn) const {
  const std::vector<int64_t>& copies = MergesCopies() ? drawn.rank_copies : drawn.expert_copies;
  return {.copies = {copies.begin(), copies.end()},
          .node_copies = {drawn.node_copies.begin(), drawn.node_copies.end()}};
}

CollectiveCall ExpertExchange::Call(const Copies& copies, bool combine) const {
  CollectiveCall call{.op = CollectiveOp::kAllToAllV,
                      .axis = Axis::kExpert,
                      .label = combine ? "combine" : "dispatch",
                      .matrix = static_cast<int32_t>(context_.matrices.size())};
  const double share = 1.0 / context_.plan.expert_tensor;
  const double bytes_per_copy = share * (combine ? CombineBytes() : DispatchBytes());
  const auto n = static_cast<size_t>(context_.plan.expert);
  std::vector<Bytes> matrix(n * n);
  for (size_t source = 0; source < n; ++source) {
    Bytes sent;
    for (size_t target = 0; target < n; ++target) {
      const double count = copies.copies[combine ? target * n + source : source * n + target];
      matrix[source * n + target] = Bytes(static_cast<int64_t>(count * bytes_per_copy));
      sent += matrix[source * n + target];
    }
    call.bytes = std::max(call.bytes, sent);
  }
  context_.matrices.push_back(std::move(matrix));
  if (kernels_ != nullptr) SetKernelCall(copies, combine, call);
  return call;
}

// Each of an expert's parts moves its share of the tokens, in copies of full size.
void ExpertExchange::SetKernelCall(const Copies& copies, bool combine, CollectiveCall& call) const {
  TokenExchange tokens{.mode = mode_,
                       .combine = combine,
                       .bytes_per_copy = combine ? CombineBytes() : DispatchBytes(),
                       .copies = copies.copies};
  if (kernels_->copies == CopyRule::kNode) tokens.node_copies = copies.node_copies;
  for (std::vector<double>* counts : {&tokens.copies, &tokens.node_copies}) {
    for (double& count : *counts) count /= context_.plan.expert_tensor;
  }
  const int members = context_.estimate.PlacementOf(Axis::kExpert).members_per_node;
  ExchangePlace place{.port_bytes_per_second = context_.estimate.scale_up_bytes_per_second(),
                      .nic_bytes_per_second = context_.estimate.scale_out_bytes_per_second()};
  for (int p = 0; p < context_.plan.expert; ++p) place.node_of_rank.push_back(p / members);
  // What cannot be priced is refused by the rules of plans, or where the real machine is looked at.
  call.alone = ExchangeTimeAlone(*kernels_, tokens, place).value_or(Duration{});
  context_.token_exchanges.push_back(std::move(tokens));
}

LayerRouting ExpertExchange::Drawn(int layer) const {
  const PlanSpec& plan = context_.plan;
  RoutingParams params{.moe = *context_.model().moe,
                       .routing = context_.scenario.moe_routing,
                       .expert_ranks = local_ ? 1 : plan.expert,
                       .ranks_per_node = 1,
                       .tokens_per_rank = local_ ? tokens_ : tokens_ * plan.expert_tensor,
                       .layer = layer,
                       .seed = context_.scenario.seed};
  const CommunicationEstimate::Placement placement = context_.estimate.PlacementOf(Axis::kExpert);
  params.ranks_per_node = local_ ? 1 : placement.members_per_node;
  const ExpertRouting drawn = RouteExperts(params);
  LayerRouting routing;
  routing.expert_rows = drawn.expert_rows;
  if (local_ || plan.expert == 1) return routing;
  const Copies copies = CopiesOf(drawn);
  routing.dispatch = Call(copies, /*combine=*/false);
  routing.combine = Call(copies, /*combine=*/true);
  return routing;
}

const LayerRouting& ExpertExchange::Of(int layer) {
  const int key = uniform_ ? 0 : layer;
  const auto found = layers_.find(key);
  if (found != layers_.end()) return found->second;
  return layers_.emplace(key, uniform_ ? Uniform() : Drawn(layer)).first->second;
}

std::vector<int64_t> ExpertExchange::RowsAt(const LayerRouting& routing, int position) const {
  const int held = context_.model().moe->experts / context_.plan.expert;
  const auto begin = routing.expert_rows.begin() + int64_t{position} * held;
  return {begin, begin + held};
}

Bytes ExpertExchange::ExpertTensorBytes() const {
  const PlanSpec& plan = context_.plan;
  if (local_ || plan.expert_tensor == 1) return Bytes();
  const double rows =
      static_cast<double>(tokens_) * context_.model().moe->experts_per_token * plan.expert_tensor;
  return Bytes(static_cast<int64_t>(rows * CombineBytes()));
}

}  // namespace tessera
