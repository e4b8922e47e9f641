#include "collectives/pricing.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "collectives/schedule_cost.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

bool HasPorts(ScaleUpTopology topology) {
  switch (topology) {
    case ScaleUpTopology::kSingle:
    case ScaleUpTopology::kSwitch:
    case ScaleUpTopology::kPcie:
    case ScaleUpTopology::kWafer:
      return true;
    default:
      return false;
  }
}

std::optional<Bandwidth> MaxRate(const LibraryAlgorithm& row, int nodes) {
  if (nodes > 2 && row.max_rate_more_nodes.has_value()) return row.max_rate_more_nodes;
  if (nodes > 1 && row.max_rate_two_nodes.has_value()) return row.max_rate_two_nodes;
  return row.max_rate;
}

double PerSecond(Bandwidth rate) { return static_cast<double>(rate.bytes_per_second()); }

// Seconds for which the links or the port of the busiest chip are busy.
absl::StatusOr<double> ScaleUpSeconds(const Candidate& c, const AlgorithmCost& cost,
                                      const PricingContext& context) {
  const GroupLayout& layout = context.layout;
  const LibraryAlgorithm& row = *c.row;
  const double bytes = cost.scale_up_bytes + row.local_work * cost.local_bytes;
  double seconds = 0;
  if (const std::optional<Bandwidth> most = MaxRate(row, layout.nodes); most.has_value()) {
    seconds = bytes / PerSecond(*most);
  }
  if (!HasPorts(context.system.scale_up)) {
    TESSERA_ASSIGN_OR_RETURN(const auto schedule, context.schedules.Get(c.algorithm, c.input));
    const std::vector<VertexId> endpoints =
        EndpointsOf(context.request, layout, schedule->switches, context.topology);
    const double busy = BusiestScaleUpLinkSeconds(*schedule, endpoints, context.topology);
    return std::max(seconds, busy / row.scale_up_efficiency);
  }
  if (layout.scale_up == Bandwidth()) return seconds;
  return std::max(seconds, bytes / (row.scale_up_efficiency * PerSecond(layout.scale_up)));
}

// Sets the rate that keeps the busiest port at its limit, and the time that follows.
absl::Status SetTime(const PricingContext& context, Candidate& c) {
  const GroupLayout& layout = context.layout;
  const LibraryAlgorithm& row = *c.row;
  TESSERA_ASSIGN_OR_RETURN(const AlgorithmCost cost, CostOf(c.algorithm, c.input));
  TESSERA_ASSIGN_OR_RETURN(double busy, ScaleUpSeconds(c, cost, context));
  if (layout.scale_out > Bandwidth()) {
    busy = std::max(
        busy, cost.scale_out_bytes / (row.scale_out_efficiency * context.transport.efficiency *
                                      PerSecond(layout.scale_out)));
  }
  TransferPrices prices;
  prices.scale_up_hop = ToSeconds(c.costs.per_transfer_scale_up + layout.scale_up_wire);
  prices.scale_out_hop = ToSeconds(c.costs.per_transfer_scale_out + layout.scale_out_wire);
  c.costs.rate_cap = Bandwidth();
  if (busy > 0 && cost.steady_bytes > 0) {
    prices.byte = busy / cost.steady_bytes;
    c.costs.rate_cap =
        Bandwidth::BytesPerSecond(std::max<int64_t>(1, static_cast<int64_t>(1 / prices.byte)));
  }
  c.time = c.costs.start + CeilSeconds(cost.Seconds(prices));
  return absl::OkStatus();
}

}  // namespace

std::string Candidate::Name() const {
  return row->protocol.empty() ? algorithm : absl::StrCat(algorithm, " ", row->protocol);
}

std::vector<VertexId> EndpointsOf(const CollectiveRequest& request, const GroupLayout& layout,
                                  int switches, const Topology& topology) {
  std::vector<VertexId> endpoints(request.ranks.begin(), request.ranks.end());
  for (int i = 0; i < switches; ++i) {
    const ChipId first = request.ranks[static_cast<size_t>(i * layout.ranks_per_node)];
    endpoints.push_back(topology.reducing_switch(first / topology.chips_per_node()));
  }
  return endpoints;
}

absl::StatusOr<Candidate> Price(const LibraryAlgorithm& row, const std::string& algorithm,
                                const PricingContext& context) {
  const CollectiveRequest& request = context.request;
  const GroupLayout& layout = context.layout;
  Candidate c;
  c.row = &row;
  c.algorithm = algorithm;
  c.input = {.op = request.op,
             .ranks = static_cast<int>(request.ranks.size()),
             .bytes = request.bytes,
             .element_bytes = request.element_bytes,
             .ranks_per_node = layout.ranks_per_node,
             .rails = layout.rails,
             .grid = layout.grid,
             .matrix = request.matrix};
  // The constants include the wire, which the fabric adds.
  const auto software = [](Duration hop, Duration wire) {
    return std::max(hop - wire, Duration(0));
  };
  c.costs.start = context.harness + (request.ranks.size() > 1 ? row.base : Duration::zero());
  c.costs.per_transfer_scale_up = software(row.scale_up_hop, layout.scale_up_wire);
  c.costs.per_transfer_scale_out =
      software(row.scale_out_hop + context.transport.hop, layout.scale_out_wire);
  TESSERA_RETURN_IF_ERROR(SetTime(context, c));
  const int64_t pieces =
      row.segment > Bytes(0) ? request.bytes.count() / row.segment.count() : int64_t{1};
  Candidate trial = c;
  while (trial.input.segments * 2 <= std::min<int64_t>(pieces, row.max_segments)) {
    trial.input.segments *= 2;
    TESSERA_RETURN_IF_ERROR(SetTime(context, trial));
    if (trial.time < c.time) c = trial;
  }
  return c;
}

}  // namespace tessera
