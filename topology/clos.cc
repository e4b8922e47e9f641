#include "topology/clos.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "topology/routing.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

class LeafSpineRoutes : public RoutePolicy {
 public:
  explicit LeafSpineRoutes(const LeafSpineParams& params) : p_(params) {}

  int ways() const override { return p_.spread.PartsOf(p_.planes * p_.spines); }

  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    AppendOne(topology, ends, 0, route);
  }

  void AppendOne(const Topology& topology, RouteEnds ends, int part,
                 std::vector<LinkId>& route) const override {
    const int hosts = p_.leaves * p_.hosts_per_leaf;
    if (ends.source >= hosts || ends.target >= hosts) {
      AppendShortest(topology, ends, /*within_node=*/false, route);
      return;
    }
    const int plane = Choose(p_.spread, ends, {1, ends.target, p_.planes, part});
    const VertexId leaf = hosts + plane * (p_.leaves + p_.spines);
    const VertexId up = leaf + ends.source / p_.hosts_per_leaf;
    const VertexId down = leaf + ends.target / p_.hosts_per_leaf;
    std::vector<VertexId> way = {ends.source, up};
    if (up != down) {
      const int spine =
          Choose(p_.spread, ends, {0, ends.target / p_.planes, p_.spines, part, p_.planes});
      way.push_back(leaf + p_.leaves + spine);
      way.push_back(down);
    }
    way.push_back(ends.target);
    AppendWay(topology, way, route);
  }

 private:
  LeafSpineParams p_;
};

// Vertices of a fat tree: hosts, then edge, aggregation and core switches.
class FatTreeRoutes : public RoutePolicy {
 public:
  explicit FatTreeRoutes(const FatTreeParams& params)
      : half_(params.k / 2), hosts_(params.k * half_ * half_), spread_(params.spread) {}

  VertexId Edge(int host) const { return hosts_ + host / half_; }
  VertexId Aggregation(int pod, int i) const {
    return hosts_ + 2 * half_ * half_ + pod * half_ + i;
  }
  VertexId Core(int aggregation, int i) const {
    return hosts_ + 4 * half_ * half_ + aggregation * half_ + i;
  }

  int ways() const override { return spread_.PartsOf(half_ * half_); }

  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    AppendOne(topology, ends, 0, route);
  }

  void AppendOne(const Topology& topology, RouteEnds ends, int part,
                 std::vector<LinkId>& route) const override {
    if (ends.source >= hosts_ || ends.target >= hosts_) {
      AppendShortest(topology, ends, /*within_node=*/false, route);
      return;
    }
    const int pod = ends.source / (half_ * half_);
    const int last_pod = ends.target / (half_ * half_);
    std::vector<VertexId> way = {ends.source, Edge(ends.source)};
    if (way.back() != Edge(ends.target)) {
      const int up = Choose(spread_, ends, {0, ends.target, half_, part});
      way.push_back(Aggregation(pod, up));
      if (pod != last_pod) {
        way.push_back(
            Core(up, Choose(spread_, ends, {1, ends.target / half_, half_, part, half_})));
        way.push_back(Aggregation(last_pod, up));
      }
      way.push_back(Edge(ends.target));
    }
    way.push_back(ends.target);
    AppendWay(topology, way, route);
  }

 private:
  int half_;
  int hosts_;
  SpreadRule spread_;
};

}  // namespace

std::unique_ptr<Topology> MakeLeafSpine(const LeafSpineParams& params) {
  TopologyBuilder builder;
  const int hosts = params.leaves * params.hosts_per_leaf;
  builder.AddChips(hosts, "host", TopologyBuilder::Nodes::kOneEach);
  for (int plane = 0; plane < params.planes; ++plane) {
    const std::string stem = params.planes == 1 ? "" : absl::StrCat("plane", plane, "/");
    const VertexId leaf = builder.AddSwitches(params.leaves, absl::StrCat(stem, "leaf"));
    const VertexId spine = builder.AddSwitches(params.spines, absl::StrCat(stem, "spine"));
    for (int host = 0; host < hosts; ++host) {
      builder.AddCable(host, leaf + host / params.hosts_per_leaf, params.host_link);
    }
    for (int l = 0; l < params.leaves; ++l) {
      for (int s = 0; s < params.spines; ++s) {
        builder.AddCable(leaf + l, spine + s, params.uplink);
      }
    }
  }
  return std::move(builder).BuildConnected({.routes = std::make_unique<LeafSpineRoutes>(params)});
}

std::unique_ptr<Topology> MakeFatTree(const FatTreeParams& params) {
  TESSERA_CHECK(params.k >= 2 && params.k % 2 == 0);
  const int half = params.k / 2;
  const int hosts = params.k * half * half;
  auto routes = std::make_unique<FatTreeRoutes>(params);
  TopologyBuilder builder;
  builder.AddChips(hosts, "host", TopologyBuilder::Nodes::kOneEach);
  builder.AddSwitches(params.k * half, "edge");
  builder.AddSwitches(params.k * half, "aggregation");
  builder.AddSwitches(half * half, "core");
  LinkKind up = params.link;
  if (params.oversubscription > 1) up.bandwidth = up.bandwidth.Scaled(1 / params.oversubscription);
  for (int host = 0; host < hosts; ++host) {
    builder.AddCable(host, routes->Edge(host), params.link);
  }
  for (int pod = 0; pod < params.k; ++pod) {
    for (int i = 0; i < half; ++i) {
      for (int j = 0; j < half; ++j) {
        const VertexId aggregation = routes->Aggregation(pod, j);
        builder.AddCable(routes->Edge((pod * half + i) * half), aggregation, up);
        builder.AddCable(aggregation, routes->Core(j, i), up);
      }
    }
  }
  return std::move(builder).BuildConnected({.routes = std::move(routes)});
}

}  // namespace tessera
