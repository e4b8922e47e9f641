#include "study/astra_oracle.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/astra/parity.h"
#include "study/astra_files.h"

namespace tessera {
namespace {

ChakraCollective ChakraOf(AstraCollective collective) {
  switch (collective) {
    case AstraCollective::kAllReduce:
      return ChakraCollective::kAllReduce;
    case AstraCollective::kAllGather:
      return ChakraCollective::kAllGather;
    case AstraCollective::kReduceScatter:
      return ChakraCollective::kReduceScatter;
    case AstraCollective::kAllToAll:
      break;
  }
  return ChakraCollective::kAllToAll;
}

absl::StatusOr<AstraInputs> InputsOf(const AstraOracle& oracle) {
  AstraInputs inputs;
  inputs.network = oracle.network;
  inputs.system = oracle.system;
  inputs.groups = oracle.groups;
  const int ranks = oracle.network.npus();
  if (oracle.trace_prefix.empty()) {
    inputs.traces.assign(
        static_cast<size_t>(ranks),
        OneCollectiveTrace(ChakraOf(oracle.collective), static_cast<uint64_t>(oracle.bytes)));
  } else {
    TESSERA_ASSIGN_OR_RETURN(inputs.traces, ReadChakraFiles(oracle.trace_prefix, ranks));
  }
  return inputs;
}

// The rank in "per_rank_ns/RANK", if there is such a one.
const AstraRankResult* RankOf(const AstraResult& result, absl::string_view point) {
  int rank = 0;
  const bool is_number = absl::SimpleAtoi(point.substr(point.find('/') + 1), &rank);
  if (!is_number || rank < 0 || rank >= static_cast<int>(result.ranks.size())) return nullptr;
  return &result.ranks[static_cast<size_t>(rank)];
}

absl::StatusOr<double> FigureOf(const AstraResult& result, absl::string_view point) {
  if (point == "max_ns") return static_cast<double>(result.max_ns());
  if (point == "min_ns") return static_cast<double>(result.min_ns());
  const AstraRankResult* rank = RankOf(result, point);
  if (rank == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(point, ": there is no such rank"));
  }
  return static_cast<double>(absl::StartsWith(point, "per_rank_exposed_ns/") ? rank->exposed_ns
                                                                             : rank->finish_ns);
}

}  // namespace

absl::StatusOr<std::vector<double>> RunAstraOracle(const OracleCase& c) {
  TESSERA_ASSIGN_OR_RETURN(const AstraInputs inputs, InputsOf(*c.astra));
  TESSERA_ASSIGN_OR_RETURN(const AstraResult result,
                           RunAstraParity(inputs, {.congestion_aware = c.astra->congestion_aware}));
  std::vector<double> figures;
  for (const OraclePoint& point : c.points) {
    TESSERA_ASSIGN_OR_RETURN(const double figure, FigureOf(result, point.name));
    figures.push_back(figure);
  }
  return figures;
}

}  // namespace tessera
