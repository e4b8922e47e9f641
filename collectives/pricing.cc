#include "collectives/pricing.h"

#include <algorithm>
#include <optional>

#include "collectives/schedule_levels.h"
#include "core/check.h"
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

// Bytes per second that a chip's scale-up ports carry together; zero: no limit is known.
double PortRate(const LibraryAlgorithm& row, const GroupLayout& layout) {
  double rate = row.scale_up_efficiency * PerSecond(layout.scale_up);
  if (const std::optional<Bandwidth> most = MaxRate(row, layout.nodes); most.has_value()) {
    rate = rate > 0 ? std::min(rate, PerSecond(*most)) : PerSecond(*most);
  }
  return rate;
}

double NicRate(const LibraryAlgorithm& row, const PricingContext& context) {
  return row.scale_out_efficiency * context.transport.efficiency *
         PerSecond(context.layout.scale_out);
}

double Share(double bytes, double rate) { return rate > 0 ? bytes / rate : 0; }

// What bytes wait for.
constexpr const char* kPorts = "scale-up ports";
constexpr const char* kLinks = "scale-up links";
constexpr const char* kNics = "NICs";

void SetRateCap(double bytes_per_second, Candidate& c) {
  c.costs.rate_cap = Bandwidth();
  if (bytes_per_second <= 0) return;
  c.costs.rate_cap =
      Bandwidth::BytesPerSecond(std::max<int64_t>(1, static_cast<int64_t>(bytes_per_second)));
}

// Closed form: the rate cap keeps the busiest port at its limit.
absl::Status SetTimeByClosedForm(const PricingContext& context, TransferPrices prices,
                                 Candidate& c) {
  const LibraryAlgorithm& row = *c.row;
  TESSERA_ASSIGN_OR_RETURN(const AlgorithmCost cost, CostOf(c.algorithm, c.input));
  const double inside =
      Share(cost.scale_up_bytes + row.local_work * cost.local_bytes, PortRate(row, context.layout));
  const double between = Share(cost.scale_out_bytes, NicRate(row, context));
  const double busy = std::max(inside, between);
  c.limit = busy <= 0 ? "" : between > inside ? kNics : kPorts;
  c.transfers = cost.transfers;
  c.latency = CeilSeconds(cost.Seconds(prices));
  if (busy > 0 && cost.steady_bytes > 0) {
    prices.byte = busy / cost.steady_bytes;
    prices.network_byte = prices.byte;
    SetRateCap(1 / prices.byte, c);
  }
  if (cost.scale_out_edge_bytes > 0) {
    prices.network_byte = std::max(prices.network_byte, between / cost.scale_out_edge_bytes);
  }
  c.time = c.costs.start + CeilSeconds(cost.Seconds(prices));
  return absl::OkStatus();
}

// Seconds for which a level keeps each of its resources busy.
struct LevelUse {
  double ports = 0;
  double links = 0;
  double nics = 0;
  double most() const { return std::max({ports, links, nics}); }
  const char* limit() const {
    if (most() <= 0) return "";
    return most() == nics ? kNics : most() == links ? kLinks : kPorts;
  }
};

LevelUse UseOf(const ScheduleLevel& level, const LibraryAlgorithm& row,
               const PricingContext& context) {
  LevelUse use;
  use.nics = Share(level.network_bytes, NicRate(row, context));
  if (HasPorts(context.system.scale_up)) {
    use.ports = Share(level.chip_bytes, PortRate(row, context.layout));
    return use;
  }
  const std::optional<Bandwidth> most = MaxRate(row, context.layout.nodes);
  use.ports = most.has_value() ? level.chip_bytes / PerSecond(*most) : 0;
  use.links = level.link_seconds / row.scale_up_efficiency;
  return use;
}

// Level by level: the rate cap is what the fastest level needs.
absl::Status SetTimeByLevels(const PricingContext& context, const TransferPrices& prices,
                             Candidate& c) {
  TESSERA_ASSIGN_OR_RETURN(const auto schedule, context.schedules.Get(c.algorithm, c.input));
  const std::vector<VertexId> endpoints =
      EndpointsOf(context.request, context.layout, schedule->switches, context.topology);
  double latency = 0;
  double fastest = 0;
  LevelUse total;
  double seconds = 0;
  for (const ScheduleLevel& level : LevelsOf(*schedule, c.input, endpoints, context.topology)) {
    const LevelUse use = UseOf(level, *c.row, context);
    total.ports += use.ports;
    total.links += use.links;
    total.nics += use.nics;
    seconds += use.most();
    latency += level.between ? prices.scale_out_hop : prices.scale_up_hop;
    if (use.most() > 0) fastest = std::max(fastest, level.largest / use.most());
  }
  SetRateCap(fastest, c);
  c.limit = total.limit();
  c.transfers = static_cast<int64_t>(schedule->transfers.size());
  c.latency = CeilSeconds(latency);
  c.time = c.costs.start + CeilSeconds(latency + seconds);
  return absl::OkStatus();
}

absl::Status SetTime(const PricingContext& context, Candidate& c) {
  TransferPrices prices;
  prices.scale_up_hop = ToSeconds(c.costs.per_transfer_scale_up + context.layout.scale_up_wire);
  prices.scale_out_hop = ToSeconds(c.costs.per_transfer_scale_out + context.layout.scale_out_wire);
  if (HasPorts(context.system.scale_up) && HasClosedForm(c.algorithm)) {
    return SetTimeByClosedForm(context, prices, c);
  }
  return SetTimeByLevels(context, prices, c);
}

// The first switch between two nodes; every network between nodes has one.
VertexId NetworkSwitch(ChipId source, ChipId target, const Topology& topology) {
  for (const LinkId id : topology.Route(source, target)) {
    const VertexId vertex = topology.links()[static_cast<size_t>(id)].target;
    const Vertex& v = topology.vertices()[static_cast<size_t>(vertex)];
    if (v.kind == VertexKind::kSwitch && v.node < 0) return vertex;
  }
  TESSERA_CHECK(false);
}

}  // namespace

CollectiveCandidate Candidate::Summary() const {
  return {.algorithm = algorithm,
          .protocol = row->protocol,
          .predicted = time,
          .start = costs.start,
          .latency = latency,
          .limit = limit,
          .transfers = transfers};
}

std::vector<VertexId> EndpointsOf(const CollectiveRequest& request, const GroupLayout& layout,
                                  int switches, const Topology& topology) {
  std::vector<VertexId> endpoints(request.ranks.begin(), request.ranks.end());
  for (int i = 0; i < std::min(switches, layout.nodes); ++i) {
    const ChipId first = request.ranks[static_cast<size_t>(i * layout.ranks_per_node)];
    endpoints.push_back(topology.reducing_switch(first / topology.chips_per_node()));
  }
  for (int rail = 0; rail < switches - layout.nodes; ++rail) {
    const auto head = static_cast<size_t>(rail * layout.ranks_per_node / layout.rails);
    const auto peer = head + static_cast<size_t>(layout.ranks_per_node);
    endpoints.push_back(NetworkSwitch(request.ranks[head], request.ranks[peer], topology));
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
             .ranks = static_cast<int>(request.ranks.size()) * request.fold,
             .bytes = request.bytes,
             .element_bytes = request.element_bytes,
             .ranks_per_node = layout.ranks_per_node,
             .rails = layout.rails,
             .grid = layout.grid,
             .matrix = request.matrix,
             .fold = request.fold};
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
