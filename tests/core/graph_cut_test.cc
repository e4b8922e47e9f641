#include "core/graph_cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(CutIntoParts, CutsTheThinPlace) {
  // Two cliques of eight with one edge between them.
  CutGraph graph{.vertex_weights = std::vector<int64_t>(16, int64_t{1} << 40)};
  for (int32_t a = 0; a < 16; ++a) {
    for (int32_t b = a + 1; b < 16; ++b) {
      if (a / 8 == b / 8) graph.edges.push_back({a, b, 10});
    }
  }
  graph.edges.push_back({7, 8, 1});
  const auto parts = CutIntoParts(graph, 2);
  ASSERT_THAT(parts, IsOk());
  for (size_t v = 0; v < 16; ++v) EXPECT_EQ((*parts)[v], (*parts)[v / 8 * 8]);
  EXPECT_NE((*parts)[0], (*parts)[8]);
}

TEST(CutIntoParts, GivesFewVerticesAPartEach) {
  const auto parts = CutIntoParts({.vertex_weights = {5, 6, 7}, .edges = {{0, 1, 1}}}, 8);
  ASSERT_THAT(parts, IsOk());
  EXPECT_EQ(std::set<int32_t>(parts->begin(), parts->end()).size(), 3U);
  const auto one = CutIntoParts({.vertex_weights = {5, 6, 7}}, 1);
  EXPECT_EQ(*one, (std::vector<int32_t>{0, 0, 0}));
}

TEST(CutIntoParts, SaysNothingOnStdoutOfAVertexThatOutweighsTheOthers) {
  CutGraph star{.vertex_weights = std::vector<int64_t>(25, 100)};
  star.vertex_weights[24] = 100'000;
  for (int32_t v = 0; v < 24; ++v) star.edges.push_back({v, 24, 1});
  testing::internal::CaptureStdout();
  const auto parts = CutIntoParts(star, 4);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  ASSERT_THAT(parts, IsOk());
  EXPECT_THAT(*parts, testing::Each(testing::AllOf(testing::Ge(0), testing::Lt(4))));
}

TEST(CutIntoParts, GivesThreadsAtOneTimeTheSameCut) {
  CutGraph graph{.vertex_weights = std::vector<int64_t>(400, 1)};
  for (int32_t v = 0; v < 400; ++v) {
    graph.edges.push_back({v, (v + 1) % 400, 1 + v % 7});
    graph.edges.push_back({v, (v * 13 + 5) % 400 == v ? (v + 2) % 400 : (v * 13 + 5) % 400, 1});
  }
  const auto alone = CutIntoParts(graph, 5);
  ASSERT_THAT(alone, IsOk());
  std::vector<std::vector<int32_t>> cuts(8);
  std::vector<std::thread> threads;
  for (auto& cut : cuts) {
    threads.emplace_back([&graph, &cut] { cut = *CutIntoParts(graph, 5); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(cuts, testing::Each(*alone));
}

}  // namespace
}  // namespace tessera
