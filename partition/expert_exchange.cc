#include "partition/expert_exchange.h"

#include <algorithm>

#include "core/integer.h"
#include "workload/expert_routing.h"

namespace tessera {
namespace {

// A group of 128 narrow values carries one fp32 scale.
constexpr double kNarrowBytes = 1 + 4.0 / 128;
// Below this many tokens an expert, an even split is not what balanced routing gives.
constexpr int64_t kUniformTokensPerExpert = 4;

}  // namespace

ExpertExchange::ExpertExchange(const LoweringContext& context, int64_t tokens, bool distributed)
    : context_(context) {
  const PlanSpec& plan = context.plan;
  local_ = !distributed && plan.expert * plan.expert_tensor <= plan.tensor;
  tokens_ = local_ ? tokens : CeilDiv<int64_t>(tokens, plan.tensor);
  const MoeSpec& moe = *context.model().moe;
  const int64_t block = local_ ? 1 : int64_t{plan.expert} * plan.expert_tensor;
  const bool balanced = context.scenario.moe_routing.kind == MoeRoutingSpec::Kind::kBalanced;
  uniform_ =
      balanced && tokens_ * block * moe.experts_per_token >= kUniformTokensPerExpert * moe.experts;
}

double ExpertExchange::DispatchBytes() const {
  const double activation = StorageBits(context_.precision().activations) / 8;
  return context_.model().hidden * (context_.facts.narrow_dispatch ? kNarrowBytes : activation);
}

double ExpertExchange::CombineBytes() const {
  return context_.model().hidden * StorageBits(context_.precision().activations) / 8;
}

LayerRouting ExpertExchange::Uniform() const {
  const PlanSpec& plan = context_.plan;
  const MoeSpec& moe = *context_.model().moe;
  LayerRouting routing;
  const int64_t block = local_ ? 1 : int64_t{plan.expert} * plan.expert_tensor;
  const int64_t rows = CeilDiv<int64_t>(tokens_ * block * moe.experts_per_token, moe.experts);
  routing.expert_rows.assign(static_cast<size_t>(moe.experts), rows);
  if (local_) return routing;
  const double copies = context_.facts.merges_expert_copies
                            ? ExpectedDistinctGroups(moe, plan.expert)
                            : moe.experts_per_token;
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

int32_t ExpertExchange::AddMatrix(const std::vector<int64_t>& copies, double bytes_per_copy,
                                  bool transposed, Bytes& largest) const {
  const auto n = static_cast<size_t>(context_.plan.expert);
  std::vector<Bytes> matrix(n * n);
  for (size_t source = 0; source < n; ++source) {
    Bytes sent;
    for (size_t target = 0; target < n; ++target) {
      const int64_t count = transposed ? copies[target * n + source] : copies[source * n + target];
      matrix[source * n + target] =
          Bytes(static_cast<int64_t>(static_cast<double>(count) * bytes_per_copy));
      sent += matrix[source * n + target];
    }
    largest = std::max(largest, sent);
  }
  context_.matrices.push_back(std::move(matrix));
  return static_cast<int32_t>(context_.matrices.size()) - 1;
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
  ExpertRouting drawn = RouteExperts(params);
  LayerRouting routing;
  routing.expert_rows = std::move(drawn.expert_rows);
  if (local_ || plan.expert == 1) return routing;
  const std::vector<int64_t>& copies =
      context_.facts.merges_expert_copies ? drawn.rank_copies : drawn.expert_copies;
  const double share = 1.0 / plan.expert_tensor;
  routing.dispatch = {.op = CollectiveOp::kAllToAllV, .axis = Axis::kExpert, .label = "dispatch"};
  routing.dispatch.matrix =
      AddMatrix(copies, share * DispatchBytes(), false, routing.dispatch.bytes);
  routing.combine = {.op = CollectiveOp::kAllToAllV, .axis = Axis::kExpert, .label = "combine"};
  routing.combine.matrix = AddMatrix(copies, share * CombineBytes(), true, routing.combine.bytes);
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
