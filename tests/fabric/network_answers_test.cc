// Known answers of whole networks, by their ids.
#include <gtest/gtest.h>

#include "fabric/fabric.h"
#include "tests/fabric/exchange.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

Duration TimeAlone(const Topology& topology, const Schedule& schedule,
                   const std::vector<VertexId>& endpoints) {
  Fabric::Request request;
  request.schedule = &schedule;
  request.endpoints = endpoints;
  return IsolatedTime(topology, request);
}

// net-oversubscription: 4 leaves of 32 hosts, 2:1, uniform all-to-all spread evenly over uplinks.
TEST(NetworkAnswersTest, NetOversubscription) {
  constexpr LinkKind kHost = {Bandwidth::GigabytesPerSecond(50), Duration(1), Tier::kScaleOut};
  const auto topology = MakeLeafSpine({.leaves = 4,
                                       .hosts_per_leaf = 32,
                                       .spines = 16,
                                       .host_link = kHost,
                                       .uplink = kHost,
                                       .spread = {}});
  constexpr int64_t kBytes = 100'000'000;
  std::vector<TestTransfer> transfers;
  std::vector<VertexId> hosts;
  int64_t crossing = 0;
  for (int a = 0; a < 128; ++a) {
    hosts.push_back(a);
    for (int b = 0; b < 128; ++b) {
      if (a != b) transfers.push_back({a, b, kBytes});
      crossing += a != b && topology->Route(a, b).size() > 2 ? 1 : 0;
    }
  }
  EXPECT_NEAR(static_cast<double>(crossing) / static_cast<double>(transfers.size()), 0.755905511811,
              1e-9 * 0.76);
  const double seconds = ToSeconds(TimeAlone(*topology, MakeSchedule(128, transfers), hosts));
  EXPECT_NEAR(127 * kBytes / seconds, 33.0729166667e9, 33e9 * 1e-9);
}

// net-astra-ring-hops and net-astra-switch, cut-through: 1 MiB at 50 GiB/s, 500 ns a link, in whole
// nanoseconds.
TEST(NetworkAnswersTest, NetAstraCutThrough) {
  constexpr LinkKind kLink = {Bandwidth::BytesPerSecond(50LL << 30), Duration(500'000),
                              Tier::kScaleUp};
  const Schedule message = MakeSchedule(2, {{0, 1, 1 << 20}});
  const auto ring = MakeGrid({.extents = {16}, .links = {kLink}, .wraps = true});
  EXPECT_EQ(TimeAlone(*ring, message, {1, 4}) / Duration(1000), 21031);
  EXPECT_EQ(TimeAlone(*MakeCrossbar(16, kLink), message, {1, 4}) / Duration(1000), 20531);
}

}  // namespace
}  // namespace tessera
