// Which experts the tokens of one sparse layer choose, and what that puts on the wire.
#pragma once

#include <cstdint>
#include <vector>

#include "configs/job_spec.h"
#include "configs/model_spec.h"

namespace tessera {

struct RoutingParams {
  MoeSpec moe;
  MoeRoutingSpec routing;
  int expert_ranks = 1;  // Ranks over which the experts are spread, in contiguous blocks.
  int ranks_per_node = 8;
  int64_t tokens_per_rank = 0;  // Tokens that each of these ranks brings.
  int layer = 0;                // Independent hot sets per layer.
  uint64_t seed = 1;
};

struct ExpertRouting {
  std::vector<int64_t> expert_rows;    // Tokens per expert, all sources.
  std::vector<int64_t> expert_copies;  // [source * expert_ranks + target]: one per chosen expert.
  std::vector<int64_t> rank_copies;    // The same, one per distinct rank.
  std::vector<int64_t> node_copies;    // [source rank * nodes + node]: one per distinct node.
  int64_t dropped = 0;                 // Choices over the capacity factor.
};

// Deterministic in its arguments; needs experts_per_token <= experts. Time and memory grow with
// tokens * choices + expert_ranks^2.
// Balanced: every expert gets the same number (within one) and a token's experts are spread at
// random. Uniform and Zipf: drawn without replacement per token from p_i ~ i^-s over a permutation
// of the experts. A node limit of M closes the other nodes to a token once it has touched M.
// Choices beyond the capacity of an expert are dropped in token order.
ExpertRouting RouteExperts(const RoutingParams& params);

// Share of each of `experts` under p_i ~ i^-exponent, most popular first.
std::vector<double> ZipfShares(int experts, double exponent);

// Tokens that one expert takes: floor(factor * choices * tokens / experts).
int64_t ExpertCapacity(const MoeSpec& moe, double capacity_factor, int64_t tokens);

// Mean number of distinct groups (ranks, nodes) of equal size that hold an expert of a token, for
// uniform choice without replacement: g (1 - C(E - E/g, k) / C(E, k)).
double ExpectedDistinctGroups(const MoeSpec& moe, int groups);

}  // namespace tessera
