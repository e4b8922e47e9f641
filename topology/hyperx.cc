#include "topology/hyperx.h"

#include <utility>

#include "core/random.h"
#include "topology/routing.h"

namespace tessera {
namespace {

class HyperXRoutes : public RoutePolicy {
 public:
  explicit HyperXRoutes(HyperXParams params) : p_(std::move(params)) {}

  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    if (ends.source >= p_.hosts() || ends.target >= p_.hosts()) {
      AppendShortest(topology, ends, /*within_node=*/false, route);
      return;
    }
    int at = ends.source / p_.hosts_per_switch;
    const int last = ends.target / p_.hosts_per_switch;
    std::vector<VertexId> way = {ends.source, p_.hosts() + at};
    if (p_.routing == HyperXParams::Routing::kValiant && at != last) {
      RandomStream random({.run_seed = p_.seed,
                           .component = static_cast<uint32_t>(ends.source),
                           .purpose = static_cast<uint32_t>(ends.target)});
      const auto detour = static_cast<int>(random.Below(static_cast<uint64_t>(p_.switches())));
      GoTo(at, detour, way);
      at = detour;
    }
    GoTo(at, last, way);
    way.push_back(ends.target);
    AppendWay(topology, way, route);
  }

 private:
  void GoTo(int at, int last, std::vector<VertexId>& way) const {
    int stride = 1;
    for (const int extent : p_.extents) {
      const int step = last / stride % extent - at / stride % extent;
      if (step != 0) way.push_back(p_.hosts() + (at += step * stride));
      stride *= extent;
    }
  }

  HyperXParams p_;
};

}  // namespace

int HyperXParams::switches() const {
  int product = 1;
  for (const int extent : extents) product *= extent;
  return product;
}

int HyperXParams::radix() const {
  int ports = hosts_per_switch;
  for (const int extent : extents) ports += extent - 1;
  return ports;
}

std::unique_ptr<RoutePolicy> MakeHyperXRoutes(const HyperXParams& params) {
  return std::make_unique<HyperXRoutes>(params);
}

std::unique_ptr<Topology> MakeHyperX(const HyperXParams& params) {
  TopologyBuilder builder;
  builder.AddChips(params.hosts(), "host", TopologyBuilder::Nodes::kOneEach);
  const VertexId first = builder.AddSwitches(params.switches(), "switch");
  for (int host = 0; host < params.hosts(); ++host) {
    builder.AddCable(host, first + host / params.hosts_per_switch, params.host_link);
  }
  int stride = 1;
  for (const int extent : params.extents) {
    for (int s = 0; s < params.switches(); ++s) {
      for (int x = s / stride % extent + 1; x < extent; ++x) {
        builder.AddCable(first + s, first + s + (x - s / stride % extent) * stride, params.link);
      }
    }
    stride *= extent;
  }
  return std::move(builder).BuildConnected({.routes = MakeHyperXRoutes(params)});
}

}  // namespace tessera
