#include "collectives/collective.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/check.h"

namespace tessera {
namespace {

// In the order of CollectiveOp.
constexpr std::array<const char*, 11> kNames = {
    "all_reduce", "all_gather", "reduce_scatter", "all_to_all", "all_to_allv", "broadcast",
    "reduce",     "gather",     "scatter",        "barrier",    "send_recv"};

// In the order of Harness.
constexpr std::array<const char*, 5> kHarnesses = {"graph", "nccl_tests", "torch", "library",
                                                   "in_model"};

}  // namespace

absl::StatusOr<Harness> ParseHarness(absl::string_view name) {
  for (size_t i = 0; i < kHarnesses.size(); ++i) {
    if (name == kHarnesses[i]) return static_cast<Harness>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown harness \"", name, "\"; use one of ", absl::StrJoin(kHarnesses, ", ")));
}

absl::StatusOr<CollectiveOp> ParseCollectiveOp(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<CollectiveOp>(i);
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown collective operation \"", name,
                                                 "\"; use one of ", absl::StrJoin(kNames, ", ")));
}

absl::string_view CollectiveOpName(CollectiveOp op) {
  const auto index = static_cast<size_t>(op);
  TESSERA_CHECK(index < kNames.size());
  return kNames[index];
}

double BusBandwidthFactor(CollectiveOp op, int ranks) {
  TESSERA_CHECK(ranks >= 1);
  const double n = ranks;
  switch (op) {
    case CollectiveOp::kAllReduce:
      return 2 * (n - 1) / n;
    case CollectiveOp::kAllGather:
    case CollectiveOp::kReduceScatter:
    case CollectiveOp::kAllToAll:
    case CollectiveOp::kAllToAllV:
    case CollectiveOp::kGather:
    case CollectiveOp::kScatter:
      return (n - 1) / n;
    default:
      return 1;
  }
}

}  // namespace tessera
