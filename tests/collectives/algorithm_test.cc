#include "collectives/algorithm.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

#include "collectives/checker.h"
#include "collectives/double_binary_tree.h"
#include "collectives/grid_collective.h"
#include "collectives/ring.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr int kOps = static_cast<int>(CollectiveOp::kSendRecv) + 1;

int64_t BytesSent(const Schedule& schedule, int rank) {
  int64_t sum = 0;
  for (const Transfer& t : schedule.transfers) sum += t.source == rank ? t.bytes.count() : 0;
  return sum;
}

// Transfers on the longest chain of predecessors.
int Depth(const Schedule& schedule) {
  std::vector<int> depth;
  for (const Transfer& t : schedule.transfers) {
    int longest = 0;
    for (const int p : schedule.PredecessorsOf(t)) {
      longest = std::max(longest, depth[static_cast<size_t>(p)]);
    }
    depth.push_back(longest + 1);
  }
  return depth.empty() ? 0 : *std::max_element(depth.begin(), depth.end());
}

std::vector<Bytes> SomeMatrix(int n) {
  std::vector<Bytes> matrix;
  for (int i = 0; i < n * n; ++i) matrix.emplace_back(i * 37 % 11);
  return matrix;
}

bool IsPowerOfTwo(int n) { return (n & (n - 1)) == 0; }

void ExpectProven(const std::string& name, const AlgorithmInput& input) {
  const auto schedule = BuildSchedule(name, input);
  if (!IsPowerOfTwo(input.ranks) && !schedule.ok()) {
    EXPECT_THAT(schedule, FailsContaining("; give a power of two"));
    return;
  }
  ASSERT_THAT(schedule, IsOk());
  EXPECT_EQ(schedule->algorithm, name);
  EXPECT_THAT(CheckSchedule(*schedule, input.op, input.matrix), IsOk())
      << name << " " << CollectiveOpName(input.op) << " of " << input.ranks << " ranks in "
      << input.segments << " segments";
}

class EveryAlgorithmTest : public testing::TestWithParam<int> {};

TEST_P(EveryAlgorithmTest, KeepsThePromiseOfItsOperations) {
  const int n = GetParam();
  for (int op = 0; op < kOps; ++op) {
    AlgorithmInput input = {.op = static_cast<CollectiveOp>(op), .ranks = n, .bytes = Bytes(1000)};
    if (input.op == CollectiveOp::kSendRecv && n > 2) continue;
    if (input.op == CollectiveOp::kAllToAllV) input.matrix = SomeMatrix(n);
    for (const std::string& name : AlgorithmsFor(input.op)) ExpectProven(name, input);
  }
}
INSTANTIATE_TEST_SUITE_P(UpTo33Ranks, EveryAlgorithmTest, testing::Range(1, 34));
INSTANTIATE_TEST_SUITE_P(Larger, EveryAlgorithmTest, testing::Values(47, 64));

// All pairs of hundreds of ranks would take minutes on sets.
const std::set<std::string> kQuadratic = {"bruck",    "direct",   "hypercube",
                                          "one_shot", "pairwise", "rail_forwarded"};

TEST(EveryAlgorithmAtRandomTest, KeepsThePromiseOfItsOperations) {
  constexpr uint64_t kSeed = 20240611;
  std::mt19937_64 random(kSeed);
  for (int trial = 0; trial < 6; ++trial) {
    AlgorithmInput input = {.bytes = Bytes(static_cast<int64_t>(random() % 5000)),
                            .element_bytes = 1 << random() % 3,
                            .ranks_per_node = 1 + static_cast<int>(random() % 8),
                            .segments = 1 + static_cast<int>(random() % 5)};
    const int nodes = 5 + static_cast<int>(random() % 12);
    input.ranks = input.ranks_per_node * nodes;
    SCOPED_TRACE(testing::Message() << "seed " << kSeed << ", trial " << trial);
    for (int op = 0; op < kOps; ++op) {
      input.op = static_cast<CollectiveOp>(op);
      if (input.op == CollectiveOp::kSendRecv) continue;
      input.matrix = {};
      if (input.op == CollectiveOp::kAllToAllV) input.matrix = SomeMatrix(input.ranks);
      for (const std::string& name : AlgorithmsFor(input.op)) {
        if (name == "in_network" || (input.ranks > 48 && kQuadratic.count(name) > 0)) continue;
        ExpectProven(name, input);
      }
    }
  }
}

// {ranks per node, nodes, rails, segments}.
const std::vector<std::array<int, 4>> kLayouts = {{8, 1, 1, 4},  {8, 2, 8, 3}, {4, 3, 4, 2},
                                                  {8, 3, 4, 2},  {2, 7, 2, 5}, {2, 3, 1, 1},
                                                  {1, 16, 1, 4}, {6, 4, 3, 2}};

AlgorithmInput OnNodes(CollectiveOp op, const std::array<int, 4>& layout) {
  const auto [per_node, nodes, rails, segments] = layout;
  return {.op = op,
          .ranks = per_node * nodes,
          .bytes = Bytes(per_node * nodes * 48'000),
          .ranks_per_node = per_node,
          .rails = rails,
          .segments = segments};
}

TEST(NodesTest, AlgorithmsKeepTheirPromiseOverNodesRailsAndSegments) {
  for (const auto& layout : kLayouts) {
    for (int op = 0; op < kOps; ++op) {
      AlgorithmInput input = OnNodes(static_cast<CollectiveOp>(op), layout);
      if (input.op == CollectiveOp::kSendRecv) continue;
      if (input.op == CollectiveOp::kAllToAllV) input.matrix = SomeMatrix(input.ranks);
      for (const std::string& name : AlgorithmsFor(input.op)) {
        if (name == "in_network" && layout[1] > 1) continue;
        ExpectProven(name, input);
      }
    }
  }
}

TEST(GridTest, AlgorithmsKeepTheirPromiseOnMeshesAndTori) {
  const std::vector<std::vector<GridDimension>> grids = {
      {{.extent = 4}, {.extent = 4}},
      {{.extent = 2}, {.extent = 3}, {.extent = 4}},
      {{.extent = 5, .wraps = false}, {.extent = 3}},
      {{.extent = 4, .wraps = false}, {.extent = 2, .wraps = false}},
      {{.extent = 4, .bandwidth = 4}, {.extent = 2, .bandwidth = 1}, {.extent = 2}}};
  for (const std::vector<GridDimension>& grid : grids) {
    int ranks = 1;
    for (const GridDimension& d : grid) ranks *= d.extent;
    for (const CollectiveOp op :
         {CollectiveOp::kAllReduce, CollectiveOp::kAllGather, CollectiveOp::kReduceScatter}) {
      for (const char* name : {"torus", "torus_one_colour", "themis"}) {
        if (op != CollectiveOp::kAllReduce && std::string(name) == "themis") continue;
        ExpectProven(
            name,
            {.op = op, .ranks = ranks, .bytes = Bytes(ranks * 1000), .segments = 5, .grid = grid});
      }
    }
  }
}

TEST(ThemisTest, OrdersBalanceTheLoadOfUnequalDimensions) {
  // The second dimension has half the bandwidth of the first; a quarter would balance by itself.
  const std::vector<GridDimension> grid = {{.extent = 4, .bandwidth = 2}, {.extent = 4}};
  const auto orders = ThemisOrders(grid, 8);
  EXPECT_THAT(orders[0], testing::ElementsAre(0, 1));
  const auto first_in = [&](int d) {
    return std::count_if(orders.begin(), orders.end(), [&](const auto& o) { return o[0] == d; });
  };
  EXPECT_GT(first_in(0), first_in(1));
  EXPECT_GT(first_in(1), 0);
}

TEST(RingTest, RingsLeaveEachNodeOnceAndShareTheRailsEvenly) {
  for (const auto& layout : kLayouts) {
    const AlgorithmInput input = OnNodes(CollectiveOp::kAllGather, layout);
    if (input.nodes() == 1 || (input.nodes() % 2 == 1 && input.rails == 2)) continue;
    std::map<int, int> exits;  // By rail of the whole machine.
    for (const std::vector<int>& order : RingOrders(input)) {
      for (size_t i = 0; i < order.size(); ++i) {
        const int from = order[i];
        const int to = order[(i + 1) % order.size()];
        if (from / input.per_node() == to / input.per_node()) continue;
        const auto rail = [&](int r) {
          return r % input.per_node() * input.rails / input.per_node();
        };
        EXPECT_EQ(rail(from), rail(to)) << "a ring changes rails between nodes";
        ++exits[from / input.per_node() * input.rails + rail(from)];
      }
    }
    EXPECT_EQ(exits.size(), static_cast<size_t>(input.nodes() * input.rails));
    for (const auto& [rail, count] : exits) EXPECT_EQ(count, 1) << rail;
  }
}

Schedule Build(const std::string& name, const AlgorithmInput& input) {
  auto schedule = BuildSchedule(name, input);
  EXPECT_THAT(schedule, IsOk());
  return *std::move(schedule);
}

// Steps and bytes of Chan 2007, Thakur 2005.
TEST(AlgorithmLawTest, StepsAndBytesAreThoseOfTheLiterature) {
  for (const int n : {2, 4, 8, 16, 32}) {
    const Bytes bytes(n * 1000);
    const AlgorithmInput input = {.op = CollectiveOp::kAllReduce, .ranks = n, .bytes = bytes};
    int log2 = 0;
    while ((1 << log2) < n) ++log2;
    EXPECT_EQ(Depth(Build("ring", input)), 2 * (n - 1));
    EXPECT_EQ(BytesSent(Build("ring", input), n / 2), 2 * (n - 1) * 1000);
    EXPECT_EQ(Depth(Build("halving_doubling", input)), 2 * log2);
    EXPECT_EQ(BytesSent(Build("halving_doubling", input), 0), 2 * (n - 1) * 1000);
    EXPECT_EQ(Depth(Build("recursive_doubling", input)), log2);
    EXPECT_EQ(BytesSent(Build("recursive_doubling", input), 1), log2 * bytes.count());
    EXPECT_EQ(Depth(Build("direct", input)), 2);
    EXPECT_EQ(BytesSent(Build("direct", input), n - 1), 2 * (n - 1) * 1000);
    EXPECT_EQ(Depth(Build("one_shot", input)), 1);
    EXPECT_EQ(BytesSent(Build("one_shot", input), 0), (n - 1) * bytes.count());
  }
}

TEST(AlgorithmLawTest, WithoutDataTheTransfersStay) {
  const Schedule schedule = Build("ring", {.op = CollectiveOp::kAllReduce, .ranks = 4});
  EXPECT_EQ(schedule.transfers.size(), 24U);
  EXPECT_EQ(BytesSent(schedule, 0), 0);
}

// coll-nccl-double-binary-tree-n14, coll-nccl-double-binary-tree-n8.
TEST(DoubleBinaryTreeTest, TreesAreThoseOfNccl) {
  using testing::ElementsAre;
  EXPECT_THAT(NcclTree(14, 0).parent, ElementsAre(-1, 2, 4, 2, 8, 6, 4, 6, 0, 10, 12, 10, 8, 12));
  EXPECT_THAT(NcclTree(14, 1).parent, ElementsAre(1, 5, 3, 1, 3, 13, 7, 9, 7, 5, 11, 9, 11, -1));
  EXPECT_EQ(NcclTree(14, 0).depth, 4);
  EXPECT_THAT(NcclTree(8, 0).parent, ElementsAre(-1, 2, 4, 2, 0, 6, 4, 6));
  EXPECT_THAT(NcclTree(8, 1).parent, ElementsAre(1, 3, 1, 7, 5, 3, 5, -1));
  EXPECT_EQ(NcclTree(8, 0).depth, 3);
}

TEST(DoubleBinaryTreeTest, NoRankIsInteriorInBothTreesOfAnEvenNumber) {
  for (int n = 2; n <= 128; n += 2) {
    std::vector<int> interior(static_cast<size_t>(n), 0);
    for (int which = 0; which < 2; ++which) {
      std::vector<bool> parents(static_cast<size_t>(n), false);
      for (const int p : NcclTree(n, which).parent) {
        if (p >= 0) parents[static_cast<size_t>(p)] = true;
      }
      for (size_t r = 0; r < parents.size(); ++r) interior[r] += parents[r] ? 1 : 0;
    }
    // The two roots have one child each and may be leaves of the other tree only.
    EXPECT_LE(*std::max_element(interior.begin(), interior.end()), 1) << n;
  }
}

TEST(NvlsTest, EveryRankPushesItsBufferAndItsShareOfTheSum) {
  const Schedule schedule = Build(
      "nvls", {.op = CollectiveOp::kAllReduce, .ranks = 8, .bytes = Bytes(8000), .segments = 4});
  for (int r = 0; r < 8; ++r) EXPECT_EQ(BytesSent(schedule, r), 9000);
}

TEST(BuildScheduleTest, ErrorsSayWhatWouldBeAccepted) {
  EXPECT_THAT(
      BuildSchedule("rings", {}),
      FailsWith("unknown algorithm \"rings\"; did you mean \"ring\"? accepted: "
                "bidirectional_ring, binomial, bruck, "
                "chain, direct, double_binary_tree, half_ring, halving_doubling, "
                "halving_doubling_split_fold, hypercube, in_network, line, nvls, one_shot, "
                "pairwise, pat, rail_forwarded, recursive_doubling, ring, "
                "scatter_all_gather, sharp, swing, themis, torus, torus_one_colour, two_level, "
                "two_level_direct"));
  EXPECT_THAT(
      BuildSchedule("ring", {.op = CollectiveOp::kAllToAll, .ranks = 4}),
      FailsWith("algorithm \"ring\" cannot do all_to_all; use one of bruck, direct, hypercube, "
                "pairwise, rail_forwarded"));
  EXPECT_THAT(BuildSchedule("ring", {.ranks = 0}), FailsWith("ring: 0 ranks; give 1 or more"));
  EXPECT_THAT(BuildSchedule("ring", {.ranks = 4, .bytes = Bytes(-1)}),
              FailsWith("ring: -1 bytes; give 0 or more"));
  EXPECT_THAT(BuildSchedule("direct", {.op = CollectiveOp::kSendRecv, .ranks = 3}),
              FailsWith("direct: send_recv of 3 ranks; give 2"));
  EXPECT_THAT(BuildSchedule("direct", {.op = CollectiveOp::kAllToAllV, .ranks = 2}),
              FailsWith("direct: a matrix of 0 entries for 2 ranks; give 4"));
  EXPECT_THAT(BuildSchedule("ring", {.ranks = 8, .ranks_per_node = 3}),
              FailsWith("ring: 8 ranks do not fill nodes of 3"));
  EXPECT_THAT(BuildSchedule("ring", {.ranks = 8, .ranks_per_node = 4, .rails = 3}),
              FailsWith("ring: 3 rails for 4 ranks of a node; give a number that divides it"));
  EXPECT_THAT(BuildSchedule("in_network", {.ranks = 8, .ranks_per_node = 4}),
              FailsWith("in_network: 2 nodes; it stays within one"));
  EXPECT_THAT(BuildSchedule("swing", {.ranks = 12}),
              FailsWith("swing: 12 ranks; give a power of two"));
  EXPECT_THAT(BuildSchedule("torus", {.ranks = 8, .grid = {{.extent = 3}, {.extent = 2}}}),
              FailsWith("torus: a grid of 3x2 for 8 ranks; give extents that multiply to it"));
  EXPECT_THAT(BuildSchedule("ring", {.ranks = 8, .segments = 0}),
              FailsWith("ring: 0 segments; give 1 or more"));
  EXPECT_THAT(BuildSchedule("ring", {.ranks = 8, .element_bytes = 0}),
              FailsWith("ring: elements of 0 bytes; give 1 or more"));
}

}  // namespace
}  // namespace tessera
