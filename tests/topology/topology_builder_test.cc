#include "topology/topology_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

Link Cable(VertexId source, VertexId target) {
  return {.source = source,
          .target = target,
          .bandwidth = Bandwidth::GigabytesPerSecond(1),
          .latency = Duration(10)};
}

TEST(TopologyBuilderTest, NamesChipsThatCannotReachEachOther) {
  TopologyBuilder builder;
  for (const char* name : {"a", "b", "c"}) builder.AddVertex({.name = name});
  builder.AddCable(Cable(0, 1));
  builder.AddLink(Cable(1, 2));
  EXPECT_THAT(std::move(builder).Build({}),
              FailsWith("no route between a and c in at least one direction"));
}

TEST(TopologyBuilderTest, EquallyShortRoutesSpreadByDestination) {
  TopologyBuilder builder;
  for (int chip = 0; chip < 4; ++chip) builder.AddVertex({});
  for (int i = 0; i < 4; ++i) builder.AddVertex({.kind = VertexKind::kSwitch});
  // Two leaves (4, 5) of two chips, two spines (6, 7).
  for (int chip = 0; chip < 4; ++chip) builder.AddCable(Cable(chip, 4 + chip / 2));
  for (const VertexId leaf : {4, 5}) {
    for (const VertexId spine : {6, 7}) builder.AddCable(Cable(leaf, spine));
  }
  const auto topology = *std::move(builder).Build({});
  const auto spine_to = [&](VertexId target) {
    return topology->links()[static_cast<size_t>(topology->Route(0, target)[1])].target;
  };
  EXPECT_EQ(spine_to(2), 6);
  EXPECT_EQ(spine_to(3), 7);
  EXPECT_EQ(topology->RouteLatency(0, 3), Duration(40));
  EXPECT_TRUE(topology->Route(2, 2).empty());
}

TEST(TopologyBuilderTest, LinksOfAVertexAreOneRangeInBothDirections) {
  TopologyBuilder builder;
  for (int chip = 0; chip < 3; ++chip) builder.AddVertex({});
  builder.AddCable(Cable(2, 0));
  builder.AddCable(Cable(1, 2));
  builder.AddCable(Cable(0, 1));
  const auto topology = *std::move(builder).Build({});
  const auto [first, last] = topology->LinksFrom(2);
  ASSERT_EQ(last - first, 2);
  EXPECT_EQ(topology->FindLink(2, 0), first);
  EXPECT_EQ(topology->FindLink(2, 1), first + 1);
  EXPECT_EQ(topology->FindLink(2, 2), -1);
  EXPECT_THAT(topology->LinksInto(2),
              testing::ElementsAre(topology->FindLink(0, 2), topology->FindLink(1, 2)));
}

}  // namespace
}  // namespace tessera
