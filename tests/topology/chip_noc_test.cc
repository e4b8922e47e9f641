#include "topology/chip_noc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::HasSubstr;

// Four columns, three rows, memory in column 0, cores elsewhere.
NocSpec SmallNoc() {
  NocSpec spec;
  spec.topology = "two_2d_tori_opposite_direction";
  spec.bytes_per_cycle_per_link = 32;
  spec.hop_latency_cycles = 9;
  spec.endpoint_latency_cycles = 5;
  spec.clock_hz = 1e9;
  spec.packet_payload_flits = 255;
  spec.map = NocMapSpec{.columns = 4, .rows = 3, .cores = {}, .memory = {}, .provenance = {}};
  for (int row = 0; row < 3; ++row) {
    for (int column = 1; column < 4; ++column) spec.map->cores.push_back({column, row});
  }
  spec.map->memory = {{.channels = 2, .routers = {{0, 0}, {0, 1}}},
                      {.channels = 1, .routers = {{0, 2}}}};
  return spec;
}

TEST(ChipNocTest, LinksOfAllPayloadWithoutHeaders) {
  const auto noc = ChipNoc::Of(SmallNoc());
  ASSERT_THAT(noc, IsOk());
  EXPECT_EQ(noc->payload_rate(),
            Bandwidth::BytesPerSecond(31'875'000'000));  // 32 GB/s * 255 / 256.
  EXPECT_EQ(noc->channels(), 3);
  EXPECT_EQ(noc->RoutersOf(1).size(), 2U);
  EXPECT_EQ(noc->RoutersOf(2).front(), (NocPlace{0, 2}));
}

TEST(ChipNocTest, RoutesGoOneWayRoundTheRingsAndBackOnTheOtherNetwork) {
  const auto noc = ChipNoc::Of(SmallNoc());
  ASSERT_THAT(noc, IsOk());
  const NocPlace a{3, 2};
  const NocPlace b{1, 1};
  // Two columns up round the edge, two rows up round the edge; interface at both ends.
  EXPECT_EQ(noc->Route(a, b, ChipNoc::Network::kFirst).size(), 2U + 2 + 2);
  // One row down, two columns down.
  EXPECT_EQ(noc->Route(a, b, ChipNoc::Network::kSecond).size(), 2U + 1 + 2);
  EXPECT_EQ(noc->Latency(noc->Route(a, b, ChipNoc::Network::kFirst)), std::chrono::nanoseconds(46));
  EXPECT_EQ(noc->Route(a, a, ChipNoc::Network::kFirst).size(), 2U);
}

TEST(ChipNocTest, NoRouteTakesALinkTwice) {
  const auto noc = ChipNoc::Of(SmallNoc());
  ASSERT_THAT(noc, IsOk());
  for (const auto network : {ChipNoc::Network::kFirst, ChipNoc::Network::kSecond}) {
    for (const NocPlace& from : noc->cores()) {
      for (const NocPlace& to : noc->cores()) {
        const std::vector<int> route = noc->Route(from, to, network);
        EXPECT_EQ(std::set<int>(route.begin(), route.end()).size(), route.size());
        EXPECT_LT(*std::max_element(route.begin(), route.end()), noc->links());
      }
    }
  }
}

// What several rows of one memory column send to one far column shares no ring of that column on
// the first network, and all of it on the second.
TEST(ChipNocTest, ReadsSpreadOnTheFirstNetworkAndCrowdTheMemoryColumnOnTheSecond) {
  const auto noc = ChipNoc::Of(SmallNoc());
  ASSERT_THAT(noc, IsOk());
  const auto shared = [&](ChipNoc::Network network) {
    std::vector<int> a = noc->Route({0, 1}, {1, 2}, network);
    std::vector<int> b = noc->Route({0, 0}, {3, 2}, network);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::vector<int> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both.size();
  };
  EXPECT_EQ(shared(ChipNoc::Network::kFirst), 0U);
  EXPECT_GT(shared(ChipNoc::Network::kSecond), 0U);
}

TEST(ChipNocTest, SaysWhatIsMissingOrOutside) {
  NocSpec spec = SmallNoc();
  spec.map->memory.push_back({.channels = 1, .routers = {{0, 3}}});
  EXPECT_THAT(ChipNoc::Of(spec).status().message(),
              HasSubstr("found column 0, row 3; accepted: columns below 4, rows below 3"));
  spec = SmallNoc();
  spec.map.reset();
  EXPECT_EQ(ChipNoc::Of(spec).status().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace tessera
