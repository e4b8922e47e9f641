#include "collectives/algorithm.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectives/direct.h"
#include "collectives/double_binary_tree.h"
#include "collectives/halving_doubling.h"
#include "collectives/in_network.h"
#include "collectives/ring.h"
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

enum class ShapeUse { kNone, kTwoLevels, kTorus };

struct Algorithm {
  const char* name;
  uint32_t ops;
  ShapeUse shape;
  Schedule (*build)(const AlgorithmInput&);
};

constexpr std::array kAlgorithms = {
    Algorithm{"direct", kReduceAndGather | kRooted | kExchange | Bit(CollectiveOp::kSendRecv),
              ShapeUse::kNone, DirectSchedule},
    Algorithm{
        "double_binary_tree",
        Bit(CollectiveOp::kAllReduce) | Bit(CollectiveOp::kBroadcast) | Bit(CollectiveOp::kReduce),
        ShapeUse::kTwoLevels, DoubleBinaryTreeSchedule},
    Algorithm{"halving_doubling", kReduceAndGather, ShapeUse::kNone, HalvingDoublingSchedule},
    Algorithm{"in_network", kReduceAndGather, ShapeUse::kTwoLevels, InNetworkSchedule},
    Algorithm{"one_shot", Bit(CollectiveOp::kAllReduce), ShapeUse::kNone, OneShotSchedule},
    Algorithm{"recursive_doubling", Bit(CollectiveOp::kAllReduce) | Bit(CollectiveOp::kBarrier),
              ShapeUse::kNone, RecursiveDoublingSchedule},
    Algorithm{"ring", kReduceAndGather, ShapeUse::kNone, RingSchedule},
};

absl::Status CheckShape(const Algorithm& algorithm, const AlgorithmInput& input) {
  if (input.shape.empty()) return absl::OkStatus();
  int64_t product = 1;
  for (const int extent : input.shape) product *= extent < 1 ? 0 : extent;
  const bool levels_fit = algorithm.shape != ShapeUse::kTwoLevels || input.shape.size() <= 2;
  if (algorithm.shape != ShapeUse::kNone && product == input.ranks && levels_fit) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(algorithm.name, " of ", input.ranks, " ranks: shape ",
                   absl::StrJoin(input.shape, "x"), " does not fit; ",
                   algorithm.shape == ShapeUse::kNone        ? "it takes no shape"
                   : algorithm.shape == ShapeUse::kTwoLevels ? "give ranks per node and nodes"
                                                             : "give sides that multiply to it"));
}

absl::Status CheckSizes(const Algorithm& algorithm, const AlgorithmInput& input) {
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

absl::StatusOr<Schedule> BuildSchedule(absl::string_view algorithm, const AlgorithmInput& input) {
  for (const Algorithm& a : kAlgorithms) {
    if (algorithm != a.name) continue;
    if ((a.ops & Bit(input.op)) == 0) {
      return absl::InvalidArgumentError(absl::StrCat("algorithm \"", algorithm, "\" cannot do ",
                                                     CollectiveOpName(input.op), "; use one of ",
                                                     absl::StrJoin(AlgorithmsFor(input.op), ", ")));
    }
    TESSERA_RETURN_IF_ERROR(CheckSizes(a, input));
    TESSERA_RETURN_IF_ERROR(CheckShape(a, input));
    return a.build(input);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown algorithm \"", algorithm, "\"; use one of ", absl::StrJoin(AlgorithmNames(), ", ")));
}

}  // namespace tessera
