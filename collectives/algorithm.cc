#include "collectives/algorithm.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectives/direct.h"
#include "collectives/double_binary_tree.h"
#include "collectives/exchange.h"
#include "collectives/grid_collective.h"
#include "collectives/halving_doubling.h"
#include "collectives/in_network.h"
#include "collectives/nvls.h"
#include "collectives/parallel_trees.h"
#include "collectives/ring.h"
#include "collectives/rooted.h"
#include "collectives/swing.h"
#include "collectives/two_level.h"
#include "configs/closest_name.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr uint32_t Bit(CollectiveOp op) { return 1U << static_cast<unsigned>(op); }
constexpr uint32_t kReduceAndGather = Bit(CollectiveOp::kAllReduce) |
                                      Bit(CollectiveOp::kAllGather) |
                                      Bit(CollectiveOp::kReduceScatter);
constexpr uint32_t kRooted = Bit(CollectiveOp::kBroadcast) | Bit(CollectiveOp::kReduce) |
                             Bit(CollectiveOp::kGather) | Bit(CollectiveOp::kScatter);
constexpr uint32_t kExchange = Bit(CollectiveOp::kAllToAll) | Bit(CollectiveOp::kAllToAllV);

enum Needs : uint8_t { kNothing = 0, kPowerOfTwo = 1, kOneNode = 2, kGrid = 4 };

struct Algorithm {
  const char* name;
  uint32_t ops;
  Schedule (*build)(const AlgorithmInput&);
  AlgorithmCost (*cost)(const AlgorithmInput&) = nullptr;
  Needs needs = kNothing;
};

constexpr uint32_t kTreeOps =
    Bit(CollectiveOp::kAllReduce) | Bit(CollectiveOp::kBroadcast) | Bit(CollectiveOp::kReduce);

// Sorted by name.
constexpr std::array kAlgorithms = {
    Algorithm{"bidirectional_ring", kReduceAndGather, BidirectionalRingSchedule},
    Algorithm{"binomial", kRooted, BinomialSchedule},
    Algorithm{"bruck", Bit(CollectiveOp::kAllToAll) | Bit(CollectiveOp::kAllGather), BruckSchedule},
    Algorithm{"chain", Bit(CollectiveOp::kBroadcast) | Bit(CollectiveOp::kReduce), ChainSchedule,
              ChainCost},
    Algorithm{"direct", kReduceAndGather | kRooted | kExchange | Bit(CollectiveOp::kSendRecv),
              DirectSchedule, DirectCost},
    Algorithm{"double_binary_tree", kTreeOps, DoubleBinaryTreeSchedule, DoubleBinaryTreeCost},
    Algorithm{"half_ring", kReduceAndGather, HalfRingSchedule},
    Algorithm{"halving_doubling", kReduceAndGather, HalvingDoublingSchedule, HalvingDoublingCost},
    Algorithm{"halving_doubling_split_fold", Bit(CollectiveOp::kAllReduce),
              HalvingDoublingSplitFoldSchedule},
    Algorithm{"hypercube", Bit(CollectiveOp::kAllToAll), HypercubeSchedule, nullptr, kPowerOfTwo},
    Algorithm{"in_network", kReduceAndGather | kTreeOps, InNetworkSchedule, nullptr, kOneNode},
    Algorithm{"line", kReduceAndGather, LineSchedule},
    Algorithm{"nvls", Bit(CollectiveOp::kAllReduce), NvlsSchedule, NvlsCost},
    Algorithm{"one_shot", Bit(CollectiveOp::kAllReduce), OneShotSchedule, OneShotCost},
    Algorithm{"pairwise", kExchange, PairwiseSchedule},
    Algorithm{"pat", Bit(CollectiveOp::kAllGather) | Bit(CollectiveOp::kReduceScatter),
              PatSchedule},
    Algorithm{"rail_forwarded", kExchange, RailForwardedSchedule},
    Algorithm{"recursive_doubling", Bit(CollectiveOp::kAllReduce) | Bit(CollectiveOp::kBarrier),
              RecursiveDoublingSchedule, RecursiveDoublingCost},
    Algorithm{"ring", kReduceAndGather, RingSchedule, RingCost},
    Algorithm{"scatter_all_gather", Bit(CollectiveOp::kBroadcast), ScatterAllGatherSchedule},
    Algorithm{"sharp", Bit(CollectiveOp::kAllReduce), SharpSchedule, SharpCost},
    Algorithm{"swing", kReduceAndGather, SwingSchedule, nullptr, kPowerOfTwo},
    Algorithm{"themis", Bit(CollectiveOp::kAllReduce), ThemisSchedule, nullptr, kGrid},
    Algorithm{"torus", kReduceAndGather, TorusSchedule, nullptr, kGrid},
    Algorithm{"torus_one_colour", kReduceAndGather, TorusOneColourSchedule, nullptr, kGrid},
    Algorithm{"two_level", Bit(CollectiveOp::kAllReduce), TwoLevelSchedule},
    Algorithm{"two_level_direct", Bit(CollectiveOp::kAllReduce), TwoLevelDirectSchedule},
};

absl::Status CheckNeeds(const Algorithm& algorithm, const AlgorithmInput& input) {
  const int n = input.ranks;
  if ((algorithm.needs & kPowerOfTwo) != 0 && (n & (n - 1)) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(algorithm.name, ": ", n, " ranks; give a power of two"));
  }
  if ((algorithm.needs & kOneNode) != 0 && input.nodes() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(algorithm.name, ": ", input.nodes(), " nodes; it stays within one"));
  }
  if ((algorithm.needs & kGrid) == 0 || input.grid.empty()) return absl::OkStatus();
  int64_t product = 1;
  for (const GridDimension& d : input.grid) product *= d.extent < 1 ? 0 : d.extent;
  if (product == n) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      algorithm.name, ": a grid of ",
      absl::StrJoin(
          input.grid, "x",
          [](std::string* out, const GridDimension& d) { absl::StrAppend(out, d.extent); }),
      " for ", n, " ranks; give extents that multiply to it"));
}

absl::Status CheckInput(const Algorithm& algorithm, const AlgorithmInput& input) {
  const auto fail = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(algorithm.name, ": ", what));
  };
  if (input.ranks < 1) return fail(absl::StrCat(input.ranks, " ranks; give 1 or more"));
  if (input.op == CollectiveOp::kSendRecv && input.ranks > 2) {
    return fail(absl::StrCat("send_recv of ", input.ranks, " ranks; give 2"));
  }
  if (input.bytes < Bytes(0)) {
    return fail(absl::StrCat(input.bytes.count(), " bytes; give 0 or more"));
  }
  if (input.element_bytes < 1) {
    return fail(absl::StrCat("elements of ", input.element_bytes, " bytes; give 1 or more"));
  }
  if (input.segments < 1) {
    return fail(absl::StrCat(input.segments, " segments; give 1 or more"));
  }
  if (input.ranks_per_node < 0 || input.ranks % input.per_node() != 0) {
    return fail(absl::StrCat(input.ranks, " ranks do not fill nodes of ", input.ranks_per_node));
  }
  if (input.rails < 1 || input.per_node() % input.rails != 0) {
    return fail(absl::StrCat(input.rails, " rails for ", input.per_node(),
                             " ranks of a node; give a number that divides it"));
  }
  TESSERA_RETURN_IF_ERROR(CheckNeeds(algorithm, input));
  if (input.op != CollectiveOp::kAllToAllV) return absl::OkStatus();
  const auto n = static_cast<size_t>(input.ranks);
  if (input.matrix.size() != n * n) {
    return fail(absl::StrCat("a matrix of ", input.matrix.size(), " entries for ", n,
                             " ranks; give ", n * n));
  }
  for (const Bytes size : input.matrix) {
    if (size < Bytes(0)) return fail("a negative size in the matrix; give 0 or more");
  }
  return absl::OkStatus();
}

// The algorithm, once it accepts the input.
absl::StatusOr<const Algorithm*> Find(absl::string_view name, const AlgorithmInput& input) {
  for (const Algorithm& a : kAlgorithms) {
    if (name != a.name) continue;
    if ((a.ops & Bit(input.op)) == 0) {
      return absl::InvalidArgumentError(absl::StrCat("algorithm \"", name, "\" cannot do ",
                                                     CollectiveOpName(input.op), "; use one of ",
                                                     absl::StrJoin(AlgorithmsFor(input.op), ", ")));
    }
    TESSERA_RETURN_IF_ERROR(CheckInput(a, input));
    return &a;
  }
  constexpr size_t kAll = kAlgorithms.size();
  return absl::InvalidArgumentError(absl::StrCat("unknown algorithm \"", name, "\"; ",
                                                 AcceptedNames(name, AlgorithmNames(), kAll)));
}

}  // namespace

std::vector<std::string> AlgorithmNames() {
  std::vector<std::string> names;
  for (const Algorithm& a : kAlgorithms) names.emplace_back(a.name);
  return names;
}

std::vector<std::string> AlgorithmsFor(CollectiveOp op) {
  std::vector<std::string> names;
  for (const Algorithm& a : kAlgorithms) {
    if ((a.ops & Bit(op)) != 0) names.emplace_back(a.name);
  }
  return names;
}

double AlgorithmCost::Seconds(const TransferPrices& prices) const {
  const double chain = scale_up_hops * prices.scale_up_hop + scale_out_hops * prices.scale_out_hop +
                       serial_bytes * prices.byte + network_bytes * prices.network_byte;
  if (further_segments == 0) return chain;
  double stage = 0;
  if (scale_up_stage_bytes > 0) stage = prices.scale_up_hop + scale_up_stage_bytes * prices.byte;
  if (scale_out_stage_bytes > 0) {
    const double out = prices.scale_out_hop + scale_out_stage_bytes * prices.network_byte;
    stage = std::max(stage, scale_out_stage_share * out);
  }
  return chain + further_segments * stage;
}

bool HasClosedForm(absl::string_view algorithm) {
  return std::any_of(kAlgorithms.begin(), kAlgorithms.end(),
                     [&](const Algorithm& a) { return algorithm == a.name && a.cost != nullptr; });
}

absl::StatusOr<Schedule> BuildSchedule(absl::string_view algorithm, const AlgorithmInput& input) {
  TESSERA_ASSIGN_OR_RETURN(const Algorithm* found, Find(algorithm, input));
  return found->build(input);
}

absl::StatusOr<AlgorithmCost> CostOf(absl::string_view algorithm, const AlgorithmInput& input) {
  TESSERA_ASSIGN_OR_RETURN(const Algorithm* found, Find(algorithm, input));
  if (found->cost != nullptr) return found->cost(input);
  return absl::UnimplementedError(
      absl::StrCat("algorithm \"", algorithm, "\" has no closed form of its cost"));
}

}  // namespace tessera
