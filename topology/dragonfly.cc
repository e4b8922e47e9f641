#include "topology/dragonfly.h"

#include <utility>
#include <vector>

#include "core/random.h"
#include "topology/routing.h"

namespace tessera {
namespace {

class DragonflyRoutes : public RoutePolicy {
 public:
  explicit DragonflyRoutes(const DragonflyParams& params) : p_(params) {}

  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    if (ends.source >= p_.hosts() || ends.target >= p_.hosts()) {
      AppendShortest(topology, ends, /*within_node=*/false, route);
      return;
    }
    const int last = ends.target / p_.hosts_per_router;
    std::vector<VertexId> way = {ends.source};
    int router = ends.source / p_.hosts_per_router;
    way.push_back(RouterVertex(router));
    const int last_group = last / p_.routers_per_group;
    if (p_.routing == DragonflyParams::Routing::kValiant &&
        router / p_.routers_per_group != last_group) {
      router = GoToGroup(router, DetourGroup(ends), way);
    }
    router = GoToGroup(router, last_group, way);
    GoToRouter(router, last, way);
    way.push_back(ends.target);
    AppendWay(topology, way, route);
  }

 private:
  VertexId RouterVertex(int router) const { return p_.hosts() + router; }

  // A group that is neither the source's nor the target's; the source's own where there is none.
  int DetourGroup(RouteEnds ends) const {
    const int hosts_per_group = p_.hosts_per_router * p_.routers_per_group;
    const int source = ends.source / hosts_per_group;
    const int target = ends.target / hosts_per_group;
    if (p_.groups() < 3) return source;
    RandomStream random({.run_seed = p_.seed,
                         .component = static_cast<uint32_t>(ends.source),
                         .purpose = static_cast<uint32_t>(ends.target)});
    int group = source;
    while (group == source || group == target) {
      group = static_cast<int>(random.Below(static_cast<uint64_t>(p_.groups())));
    }
    return group;
  }

  void GoToRouter(int from, int to, std::vector<VertexId>& way) const {
    if (from != to) way.push_back(RouterVertex(to));
  }

  // Passes to the router at which the link from this group ends; returns it.
  int GoToGroup(int router, int group, std::vector<VertexId>& way) const {
    const int here = router / p_.routers_per_group;
    if (here == group) return router;
    const int link = (group - here - 1 + p_.groups()) % p_.groups();
    const int back = (here - group - 1 + p_.groups()) % p_.groups();
    const int exit = here * p_.routers_per_group + link / p_.global_links_per_router;
    const int entry = group * p_.routers_per_group + back / p_.global_links_per_router;
    GoToRouter(router, exit, way);
    GoToRouter(exit, entry, way);
    return entry;
  }

  DragonflyParams p_;
};

}  // namespace

std::unique_ptr<RoutePolicy> MakeDragonflyRoutes(const DragonflyParams& params) {
  return std::make_unique<DragonflyRoutes>(params);
}

std::unique_ptr<Topology> MakeDragonfly(const DragonflyParams& params) {
  TopologyBuilder builder;
  builder.AddChips(params.hosts(), "host", TopologyBuilder::Nodes::kOneEach);
  const VertexId router = builder.AddSwitches(params.routers(), "router");
  const int per_group = params.routers_per_group;
  for (int host = 0; host < params.hosts(); ++host) {
    builder.AddCable(host, router + host / params.hosts_per_router, params.host_link);
  }
  for (int r = 0; r < params.routers(); ++r) {
    const int group_end = (r / per_group + 1) * per_group;
    for (int peer = r + 1; peer < group_end; ++peer) {
      builder.AddCable(router + r, router + peer, params.local_link);
    }
  }
  for (int group = 0; group < params.groups(); ++group) {
    for (int peer = group + 1; peer < params.groups(); ++peer) {
      const int link = peer - group - 1;
      const int back = group - peer - 1 + params.groups();
      builder.AddCable(router + group * per_group + link / params.global_links_per_router,
                       router + peer * per_group + back / params.global_links_per_router,
                       params.global_link);
    }
  }
  return std::move(builder).BuildConnected({.routes = MakeDragonflyRoutes(params)});
}

}  // namespace tessera
