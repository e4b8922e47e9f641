#include "collectives/collective.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "configs/closest_name.h"
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

// "all_reduce", "all-reduce", "allreduce" and nccl-tests' "all_reduce_perf" are one name.
std::string LettersOf(absl::string_view name) {
  std::string letters;
  for (const char c : absl::StripSuffix(name, "_perf")) {
    if (c != '_' && c != '-') letters += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return letters;
}

}  // namespace

absl::StatusOr<Harness> ParseHarness(absl::string_view name) {
  for (size_t i = 0; i < kHarnesses.size(); ++i) {
    if (name == kHarnesses[i]) return static_cast<Harness>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown harness \"", name, "\"; use one of ", absl::StrJoin(kHarnesses, ", ")));
}

absl::StatusOr<CollectiveOp> ParseCollectiveOp(absl::string_view name) {
  const std::string letters = LettersOf(name);
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (letters == LettersOf(kNames[i])) return static_cast<CollectiveOp>(i);
  }
  const std::vector<std::string> names(kNames.begin(), kNames.end());
  return absl::InvalidArgumentError(
      absl::StrCat("unknown collective operation \"", name, "\"; ", AcceptedNames(name, names)));
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

std::string CollectiveCandidate::Name() const {
  return protocol.empty() ? algorithm : absl::StrCat(algorithm, " ", protocol);
}

std::string CollectiveCandidate::Text() const {
  const auto microseconds = [](Duration d) { return ToSeconds(d) * 1e6; };
  const std::string by = limit.empty() ? "" : absl::StrCat(" (", limit, ")");
  return absl::StrFormat("%s %.2f us = %.2f start + %.2f latency + %.2f bytes%s", Name(),
                         microseconds(predicted), microseconds(start), microseconds(latency),
                         microseconds(predicted - start - latency), by);
}

absl::StatusOr<std::vector<CollectiveCandidate>> CommunicationLibrary::Weigh(
    const CollectiveRequest& /*request*/) const {
  return absl::UnimplementedError("this communication library does not say what it weighs");
}

}  // namespace tessera
