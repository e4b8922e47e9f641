#include "topology/ugal.h"

#include <algorithm>
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

class Decider {
 public:
  explicit Decider(const Topology& topology)
      : topology_(topology), seconds_(topology.links().size(), 0) {}

  // Hops times the time that the fullest link needs for what was decided and `bytes`.
  double Price(const std::vector<LinkId>& way, Bytes bytes) const {
    double fullest = 0;
    for (const LinkId link : way) {
      fullest = std::max(fullest, seconds_[static_cast<size_t>(link)] + Seconds(link, bytes));
    }
    return fullest * static_cast<double>(way.size());
  }

  void Take(const std::vector<LinkId>& way, Bytes bytes) {
    for (const LinkId link : way) seconds_[static_cast<size_t>(link)] += Seconds(link, bytes);
  }

 private:
  double Seconds(LinkId link, Bytes bytes) const {
    const Bandwidth rate = topology_.links()[static_cast<size_t>(link)].bandwidth;
    return static_cast<double>(bytes.count()) / static_cast<double>(rate.bytes_per_second());
  }

  const Topology& topology_;
  std::vector<double> seconds_;  // Of each link.
};

}  // namespace

std::unique_ptr<RoutePolicy> MakeUgalRoutes(const Topology& topology, UgalWays ways,
                                            absl::Span<const Demand> demand) {
  Decider decider(topology);
  absl::flat_hash_set<Pair> detoured;
  for (const Demand& flow : demand) {
    std::vector<LinkId> minimal;
    std::vector<LinkId> detour;
    ways.minimal->Append(topology, {flow.source, flow.target}, minimal);
    ways.detour->Append(topology, {flow.source, flow.target}, detour);
    const bool detours = decider.Price(detour, flow.bytes) < decider.Price(minimal, flow.bytes);
    decider.Take(detours ? detour : minimal, flow.bytes);
    if (detours) detoured.insert({flow.source, flow.target});
  }
  return std::make_unique<UgalRoutes>(std::move(ways), std::move(detoured));
}

}  // namespace tessera
