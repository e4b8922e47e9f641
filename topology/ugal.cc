#include "topology/ugal.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace tessera {
namespace {

using Pair = std::pair<VertexId, VertexId>;

class UgalRoutes : public RoutePolicy {
 public:
  UgalRoutes(UgalWays ways, absl::flat_hash_set<Pair> detoured)
      : ways_(std::move(ways)), detoured_(std::move(detoured)) {}

  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    const bool detours = detoured_.contains(Pair{ends.source, ends.target});
    (detours ? ways_.detour : ways_.minimal)->Append(topology, ends, route);
  }

 private:
  UgalWays ways_;
  absl::flat_hash_set<Pair> detoured_;
};

// A flow of the demand, its ways and which of them it takes.
struct Flow {
  Bytes bytes{};
  std::vector<LinkId> minimal = {};
  std::vector<LinkId> detour = {};
  bool detours = false;
};

class Decider {
 public:
  explicit Decider(const Topology& topology)
      : topology_(topology), bytes_(topology.links().size(), 0) {}

  void Add(const std::vector<LinkId>& way, Bytes bytes) {
    for (const LinkId link : way) bytes_[static_cast<size_t>(link)] += bytes.count();
  }

  // Lets a flow choose anew. Whether it changed its mind.
  bool Reconsider(Flow& flow) {
    Add(flow.detours ? flow.detour : flow.minimal, Bytes(-flow.bytes.count()));
    const bool before = flow.detours;
    flow.detours = Price(flow.detour, flow.bytes) < Price(flow.minimal, flow.bytes);
    Add(flow.detours ? flow.detour : flow.minimal, flow.bytes);
    return flow.detours != before;
  }

 private:
  // Seconds, summed over the links of the way, with the flow on it.
  double Price(const std::vector<LinkId>& way, Bytes bytes) const {
    double sum = 0;
    for (const LinkId link : way) {
      const Bandwidth rate = topology_.links()[static_cast<size_t>(link)].bandwidth;
      sum += static_cast<double>(bytes_[static_cast<size_t>(link)] + bytes.count()) /
             static_cast<double>(rate.bytes_per_second());
    }
    return sum;
  }

  const Topology& topology_;
  std::vector<int64_t> bytes_;  // Of each link.
};

}  // namespace

std::unique_ptr<RoutePolicy> MakeUgalRoutes(const Topology& topology, UgalWays ways,
                                            absl::Span<const Demand> demand) {
  constexpr int kMostRounds = 64;
  Decider decider(topology);
  std::vector<Flow> flows;
  for (const Demand& d : demand) {
    Flow& flow = flows.emplace_back();
    flow.bytes = d.bytes;
    ways.minimal->Append(topology, {d.source, d.target}, flow.minimal);
    ways.detour->Append(topology, {d.source, d.target}, flow.detour);
    decider.Add(flow.minimal, flow.bytes);
  }
  bool changed = true;
  for (int round = 0; round < kMostRounds && changed; ++round) {
    changed = false;
    for (Flow& flow : flows) changed = decider.Reconsider(flow) || changed;
  }
  absl::flat_hash_set<Pair> detoured;
  for (size_t f = 0; f < flows.size(); ++f) {
    if (flows[f].detours) detoured.insert({demand[f].source, demand[f].target});
  }
  return std::make_unique<UgalRoutes>(std::move(ways), std::move(detoured));
}

}  // namespace tessera
