#include "topology/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/status_matchers.h"
#include "topology/analysis.h"
#include "topology/export.h"

namespace tessera {
namespace {

using testing::HasSubstr;

// Two hosts on a switch, one of them with a slower link.
NetworkDescription Star() {
  NetworkDescription network;
  for (int h = 0; h < 3; ++h)
    network.Add(NetworkDescription::Kind::kChip, absl::StrCat("host", h), h);
  network.Add(NetworkDescription::Kind::kSwitch, "a\"<switch>", -1);
  for (int h = 0; h < 3; ++h) {
    network.cables.push_back({.a = h,
                              .b = 3,
                              .bandwidth = Bandwidth::GigabytesPerSecond(h == 2 ? 25 : 50),
                              .latency = Duration(500'000),
                              .leaves_node = true});
  }
  return network;
}

TEST(ImportTest, RoutesTakeTheFewestHops) {
  const auto topology = ImportTopology(Star());
  ASSERT_THAT(topology, IsOk());
  EXPECT_EQ((*topology)->chips(), 3);
  EXPECT_EQ((*topology)->Route(0, 2).size(), 2);
  EXPECT_EQ((*topology)->RouteLatency(0, 2), Duration(1'000'000));
  EXPECT_EQ((*topology)->links()[0].tier, Tier::kScaleOut);
}

TEST(ImportTest, PartsThatCannotBeReachedAreNamed) {
  NetworkDescription network = Star();
  network.cables.pop_back();
  EXPECT_THAT(ImportTopology(network).status().message(),
              HasSubstr("no route between host0 and host2"));
  EXPECT_THAT(ImportTopology({}).status().message(), HasSubstr("no chips"));
}

TEST(RegularityTest, UnlikeChipsAndLinksAreNamed) {
  const auto topology = ImportTopology(Star());
  ASSERT_THAT(topology, IsOk());
  EXPECT_THAT(Asymmetries(**topology),
              testing::ElementsAre("1 chips have other links than most, first host2"));
  (*topology)->SlowDown(0, 0.5);
  EXPECT_THAT(Asymmetries(**topology).size(), 1);
}

TEST(ExportTest, GraphsNameEveryVertexAndLinkAndEscapeNames) {
  const auto topology = ImportTopology(Star());
  ASSERT_THAT(topology, IsOk());
  const std::string dot = ToGraphviz(**topology);
  EXPECT_THAT(dot, HasSubstr("\"host0\" [shape=box];"));
  EXPECT_THAT(dot, HasSubstr("\"host2\" -> \"a\\\"<switch>\" [label=\"25 GB/s\", dir=both];"));
  const std::string xml = ToGraphMl(**topology);
  EXPECT_THAT(xml, HasSubstr("a\\&quot;&lt;switch&gt;"));
  EXPECT_THAT(xml, HasSubstr("<edge source=\"v2\" target=\"v3\"><data key=\"rate\">25000000000"));
  const std::string json = ToGraphJson(**topology);
  EXPECT_THAT(json, HasSubstr("{\"source\": 2, \"target\": 3, \"bytes_per_s\": 25000000000, "
                              "\"latency_s\": 0.000000500000, \"tier\": \"scale_out\"}"));
}

}  // namespace
}  // namespace tessera
