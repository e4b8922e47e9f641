#include "fabric/noc/noc_traffic.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

const NocParams kSquare = {.extents = {4, 4}};

std::vector<int> Counts(const NocTraffic& traffic, int source, int draws) {
  std::vector<int> counts(16, 0);
  RandomStream random({.run_seed = 1});
  for (int i = 0; i < draws; ++i) ++counts[static_cast<size_t>(traffic.Target(source, random))];
  return counts;
}

TEST(NocTrafficTest, UniformIncludesTheSender) {
  for (const int count : Counts(NocTraffic::Uniform(16), 3, 16'000)) EXPECT_NEAR(count, 1000, 150);
}

TEST(NocTrafficTest, TransposeSwapsTheCoordinates) {
  const auto traffic = ParseNocTraffic("transpose", kSquare);
  ASSERT_THAT(traffic, IsOk());
  RandomStream random({.run_seed = 1});
  EXPECT_EQ(traffic->Target(1 + 4 * 3, random), 3 + 4 * 1);
  EXPECT_EQ(traffic->Target(2 + 4 * 2, random), 2 + 4 * 2);
}

TEST(NocTrafficTest, HotspotsAreDrawnByWeight) {
  const auto traffic = ParseNocTraffic("hotspot({{0,7,9},{1,0,3}})", kSquare);
  ASSERT_THAT(traffic, IsOk());
  const std::vector<int> counts = Counts(*traffic, 5, 4000);
  EXPECT_NEAR(counts[0], 1000, 120);
  EXPECT_EQ(counts[7], 0);
  EXPECT_EQ(counts[0] + counts[9], 4000);
  const auto equal = ParseNocTraffic("hotspot({2,3})", kSquare);
  ASSERT_THAT(equal, IsOk());
  EXPECT_NEAR(Counts(*equal, 5, 4000)[2], 2000, 150);
}

TEST(NocTrafficTest, WhatCannotBeReadIsAnError) {
  for (const char* text : {"tornado", "hotspot", "hotspot()", "hotspot({{0},{1,2}})",
                           "hotspot({{0,1},{0,0}})", "hotspot({{0},{1},{2}})"}) {
    EXPECT_THAT(ParseNocTraffic(text, kSquare), FailsContaining("traffic: found \"")) << text;
  }
  EXPECT_THAT(ParseNocTraffic("hotspot({{16},{1}})", kSquare),
              FailsWith("traffic: found \"16\"; accepted: whole numbers from 0 to 15"));
  EXPECT_THAT(ParseNocTraffic("transpose", {.extents = {4, 2}}),
              FailsContaining("transpose on a square"));
}

}  // namespace
}  // namespace tessera
