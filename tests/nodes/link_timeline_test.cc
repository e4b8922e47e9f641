#include "nodes/link_timeline.h"

#include <gtest/gtest.h>

#include <numeric>

#include "nodes/breakdown.h"
#include "tests/nodes/machine.h"

namespace tessera {
namespace {

using std::chrono::nanoseconds;

// One megabyte from chip 0 to chip 1 over a link of 1 GB/s.
ExchangeId Register(TrafficRecord& traffic) {
  auto schedule = std::make_shared<Schedule>();
  schedule->ranks = 2;
  schedule->transfers = {{.source = 0, .target = 1, .bytes = Bytes(1000)}};
  return traffic.Register({.op = CollectiveOp::kSendRecv,
                           .axis = Axis::kPipeline,
                           .ranks = 2,
                           .bytes = Bytes(1000),
                           .algorithm = "direct",
                           .schedule = schedule,
                           .endpoints = {0, 1}});
}

TEST(LinkTimelines, SpreadBytesOverTheTimeOfTheirExchange) {
  const auto topology = FullMesh(2);
  TrafficRecord traffic;
  const ExchangeId exchange = Register(traffic);
  // 1000 bytes need 1 us of the link; in 2 us they fill half of it.
  traffic.Add(
      {.exchange = exchange, .begin = Time(nanoseconds(1000)), .end = Time(nanoseconds(3000))});
  std::vector<Bytes> bytes(2);
  bytes[static_cast<size_t>(topology->FindLink(0, 1))] = Bytes(1000);
  const auto tiers = SummariseTiers(*topology, bytes, nanoseconds(4000));
  const auto lines = LinkTimelines(*topology, tiers, traffic, nanoseconds(4000));
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0].link, -1);
  EXPECT_EQ(lines[1].link, topology->FindLink(0, 1));
  ASSERT_EQ(lines[1].utilisation.size(), 400);
  EXPECT_NEAR(lines[1].utilisation[99], 0, 1e-12);
  EXPECT_NEAR(lines[1].utilisation[100], 0.5, 1e-12);
  EXPECT_NEAR(lines[1].utilisation[299], 0.5, 1e-12);
  EXPECT_NEAR(lines[1].utilisation[300], 0, 1e-12);
  EXPECT_NEAR(lines[0].utilisation[200], 0.25, 1e-12);  // One of two links.
}

TEST(LinkTimelines, AddUpToTheBytesOfRepeatedExchanges) {
  const auto topology = FullMesh(2);
  TrafficRecord traffic;
  const ExchangeId exchange = Register(traffic);
  traffic.Add({.exchange = exchange,
               .count = 3,
               .begin = Time(nanoseconds(17)),
               .end = Time(nanoseconds(3921))});
  std::vector<Bytes> bytes = traffic.UnexecutedBytes(*topology);
  const auto link = static_cast<size_t>(topology->FindLink(0, 1));
  EXPECT_EQ(bytes[link], Bytes(2000));
  bytes[link] += Bytes(1000);
  const auto tiers = SummariseTiers(*topology, bytes, nanoseconds(5000));
  const auto lines = LinkTimelines(*topology, tiers, traffic, nanoseconds(5000));
  const double used =
      std::accumulate(lines[1].utilisation.begin(), lines[1].utilisation.end(), 0.0);
  EXPECT_NEAR(used * ToSeconds(lines[1].bin) * 1e9, 3000, 1e-6);
}

TEST(TrafficRecord, PutsCallsOfOneKindInOneRow) {
  TrafficRecord traffic;
  const ExchangeId first = Register(traffic);
  const ExchangeId second = Register(traffic);
  traffic.Add({.exchange = first, .end = Time(nanoseconds(10))});
  traffic.Add({.exchange = second, .count = 2, .end = Time(nanoseconds(50))});
  const auto table = traffic.Table();
  ASSERT_EQ(table.size(), 1);
  EXPECT_EQ(table[0].groups, 1);  // One pair of ranks.
  EXPECT_EQ(table[0].calls, 3);
  EXPECT_EQ(table[0].total, nanoseconds(60));
  EXPECT_EQ(table[0].bytes_per_call, Bytes(1000));
}

}  // namespace
}  // namespace tessera
