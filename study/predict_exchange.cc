// One dispatch or combine of one sparse layer, as the kernels of a library run it on the idle
// machine.
#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectives/exchange_kernel.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "study/measured_machine_system.h"
#include "study/prediction.h"
#include "topology/build.h"
#include "workload/expert_routing.h"

namespace tessera {
namespace {

// Beyond so many transfers (128 ranks that all talk to each other) the busiest link says the time:
// within 3 % of the fabric's answer, which would take longer than seconds.
constexpr size_t kMostTransfers = 10'000;

struct Tokens {
  int64_t per_rank = 0;
  int ranks = 1;
  int ranks_per_node = 1;
  int experts = 1;
  int topk = 1;
};

Tokens TokensOf(const MeasurementCase& c) {
  return {.per_rank = c.task.IntegerOr("tokens_per_rank", 0),
          .ranks = static_cast<int>(c.task.IntegerOr("ep", 1)),
          .ranks_per_node = static_cast<int>(c.machine.chips_per_node * c.machine.ranks_per_chip),
          .experts = static_cast<int>(c.task.IntegerOr("experts", 1)),
          .topk = static_cast<int>(c.task.IntegerOr("topk", 1))};
}

ExpertRouting DrawUniformly(const Tokens& tokens, int64_t max_nodes_per_token) {
  RoutingParams params;
  params.moe.experts = tokens.experts;
  params.moe.experts_per_token = tokens.topk;
  params.routing.kind = MoeRoutingSpec::Kind::kUniform;
  params.routing.max_nodes_per_token = static_cast<int>(max_nodes_per_token);
  params.expert_ranks = tokens.ranks;
  params.ranks_per_node = tokens.ranks_per_node;
  params.tokens_per_rank = tokens.per_rank;
  return RouteExperts(params);
}

// Benchmarks that force balance deal the experts of their tokens over the ranks in turn, so that a
// token reaches min(ranks, topk) of them (TensorRT-LLM tech blog 18 counts its bytes so). Where
// nothing is said of the routing, the same.
ExpertRouting DealInTurn(const Tokens& tokens) {
  const auto n = static_cast<size_t>(tokens.ranks);
  const int nodes = (tokens.ranks + tokens.ranks_per_node - 1) / tokens.ranks_per_node;
  ExpertRouting routing;
  routing.expert_copies.assign(n * n, 0);
  routing.rank_copies.assign(n * n, 0);
  routing.node_copies.assign(n * static_cast<size_t>(nodes), 0);
  std::vector<int64_t> last_at_rank(n, -1);
  std::vector<int64_t> last_at_node(static_cast<size_t>(nodes), -1);
  for (int64_t token = 0; token < tokens.per_rank * tokens.ranks; ++token) {
    const auto source = static_cast<size_t>(token / tokens.per_rank);
    const int64_t first = (token % tokens.per_rank) * tokens.topk + static_cast<int64_t>(source);
    for (int64_t choice = first; choice < first + tokens.topk; ++choice) {
      const auto rank = static_cast<size_t>(choice % tokens.ranks);
      const size_t node = rank / static_cast<size_t>(tokens.ranks_per_node);
      ++routing.expert_copies[source * n + rank];
      if (std::exchange(last_at_rank[rank], token) != token) {
        ++routing.rank_copies[source * n + rank];
      }
      if (std::exchange(last_at_node[node], token) != token) {
        ++routing.node_copies[source * static_cast<size_t>(nodes) + node];
      }
    }
  }
  return routing;
}

absl::StatusOr<double> BytesPerCopy(const MeasuredTask& task) {
  if (const auto given = task.Integer("bytes_per_token")) return static_cast<double>(*given);
  TESSERA_ASSIGN_OR_RETURN(const Precision precision, ParsePrecision(task.TextOr("precision", "")));
  // A group of 128 values in fp8 carries one scale of 4 bytes; the formats with scales of their own
  // count them as storage.
  const double scale_bits = precision == Precision::kFp8 ? 32.0 / 128 : 0;
  return static_cast<double>(task.IntegerOr("hidden", 0)) * (StorageBits(precision) + scale_bits) /
         8;
}

absl::StatusOr<ExchangeFamily> FamilyOf(const MeasuredTask& task, const Catalog& catalog) {
  const std::string name = task.TextOr("implementation", "");
  const std::vector<std::string> known = catalog.ExchangeKernelNames();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return absl::UnimplementedError(
        absl::StrCat("the costs of exchange kernels \"", name, "\" are not described yet"));
  }
  TESSERA_ASSIGN_OR_RETURN(const ExchangeKernelSpec kernel, catalog.LoadExchangeKernel(name));
  const ExchangeFamily* family =
      kernel.Find(task.TextOr("mode", "") == "high_throughput" ? ExchangeMode::kHighThroughput
                                                               : ExchangeMode::kLowLatency);
  if (family != nullptr) return *family;
  return absl::UnimplementedError(
      absl::StrCat("this family of kernels of ", name, " is not described yet"));
}

CopyRule RuleOf(const MeasuredTask& task, CopyRule usual) {
  const std::string rule = task.TextOr("copies_per", "");
  if (rule == "expert") return CopyRule::kExpert;
  if (rule == "rank") return CopyRule::kRank;
  return rule == "node" ? CopyRule::kNode : usual;
}

// Kernels that use nothing but NICs see every chip as a node of its own.
MeasuredMachine WithoutScaleUp(MeasuredMachine machine) {
  if (machine.scale_out && machine.scale_out->nics_per_node) {
    *machine.scale_out->nics_per_node =
        std::max<int64_t>(1, *machine.scale_out->nics_per_node / machine.chips_per_node);
  }
  machine.chips_per_node = 1;
  machine.topology = "single";
  return machine;
}

Duration TimeAlone(const CollectivePlan& plan, const Topology& topology) {
  if (plan.schedule->transfers.size() > kMostTransfers) return plan.predicted;
  Fabric::Request run{};
  run.schedule = plan.schedule.get();
  run.endpoints = plan.endpoints;
  run.costs = plan.costs;
  return IsolatedTime(topology, run);
}

// Distinct ranks or nodes a token reaches, its own included.
double MeanCopies(const MeasurementCase& c, const ExpertRouting& routing, const Tokens& tokens) {
  const std::vector<int64_t>& copies =
      c.task.TextOr("bandwidth_counts", "") == "nodes" ? routing.node_copies : routing.rank_copies;
  const auto sum = std::accumulate(copies.begin(), copies.end(), int64_t{0});
  return static_cast<double>(sum) / static_cast<double>(tokens.per_rank * tokens.ranks);
}

}  // namespace

absl::StatusOr<Prediction> PredictExchange(const MeasurementCase& c, const Catalog& catalog) {
  const MeasuredTask& task = c.task;
  if (task.TextOr("operation", "") == "all_to_all_padded") {
    return absl::UnimplementedError("padded exchanges are not modelled yet");
  }
  TESSERA_ASSIGN_OR_RETURN(const ExchangeFamily family, FamilyOf(task, catalog));
  const bool nics_alone = task.TextOr("path", "") == "nic_only";
  TESSERA_ASSIGN_OR_RETURN(
      const MeasuredSystem machine,
      SystemOfMachine(nics_alone ? WithoutScaleUp(c.machine) : c.machine, catalog));
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology,
                           BuildTopology(machine.system, machine.nodes, machine.chips));
  const Tokens tokens = TokensOf(c);
  const ExpertRouting routing =
      task.TextOr("routing", "") == "uniform"
          ? DrawUniformly(tokens, task.IntegerOr("max_nodes_per_token", 0))
          : DealInTurn(tokens);
  TokenExchange exchange{.combine = task.TextOr("operation", "") == "combine"};
  TESSERA_ASSIGN_OR_RETURN(exchange.bytes_per_copy, BytesPerCopy(task));
  const CopyRule rule = RuleOf(task, family.copies);
  const std::vector<int64_t>& copies =
      rule == CopyRule::kExpert ? routing.expert_copies : routing.rank_copies;
  exchange.copies = {copies.begin(), copies.end()};
  exchange.node_copies = {routing.node_copies.begin(), routing.node_copies.end()};
  ExchangeRequest request{.tokens = exchange,
                          .ranks = {},
                          .rule = rule,
                          .cores = static_cast<int>(task.IntegerOr("comm_cores", 0)),
                          .host_posts = task.TextOr("launched_by", "") == "host_proxy"};
  for (int rank = 0; rank < tokens.ranks; ++rank) {
    request.ranks.push_back(rank / static_cast<int>(c.machine.ranks_per_chip));
  }
  TESSERA_ASSIGN_OR_RETURN(const CollectivePlan plan, PlanExchange(family, request, *topology));
  const double seconds = ToSeconds(TimeAlone(plan, *topology));
  if (c.measured.quantity == "time") return Prediction{seconds, plan.explanation};
  const double moved = static_cast<double>(tokens.per_rank) * MeanCopies(c, routing, tokens) *
                       exchange.bytes_per_copy;
  return Prediction{moved / seconds, plan.explanation};
}

}  // namespace tessera
