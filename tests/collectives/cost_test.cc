// Costs in closed form against the schedules themselves.
#include <algorithm>
#include <array>

#include "collectives/algorithm.h"
#include "collectives/schedule_levels.h"
#include "tests/collectives/machine.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// End of the last transfer if nothing contends.
double LongestChain(const Schedule& schedule, int per_node, const TransferPrices& prices) {
  std::vector<double> ends;
  const auto node = [&](int e) { return e < schedule.ranks ? e / per_node : e - schedule.ranks; };
  for (const Transfer& t : schedule.transfers) {
    double begin = 0;
    for (const int p : schedule.PredecessorsOf(t)) {
      begin = std::max(begin, ends[static_cast<size_t>(p)]);
    }
    const bool inside = node(t.source) == node(t.target);
    ends.push_back(begin + (inside ? prices.scale_up_hop : prices.scale_out_hop) +
                   (inside ? prices.byte : prices.network_byte) *
                       static_cast<double>(t.bytes.count()));
  }
  return ends.empty() ? 0 : *std::max_element(ends.begin(), ends.end());
}

struct Ports {
  double scale_up = 0;
  double scale_out = 0;
};

// Bytes through the busiest chip port and NIC, either direction.
Ports BusiestPorts(const Schedule& schedule, const AlgorithmInput& input) {
  const int per_node = input.per_node();
  std::vector<std::array<double, 2>> chips(static_cast<size_t>(input.ranks));
  std::vector<std::array<double, 2>> nics(static_cast<size_t>(input.nodes() * input.rails));
  const auto nic = [&](int rank) {
    return static_cast<size_t>(rank / per_node * input.rails +
                               rank % per_node * input.rails / per_node);
  };
  // Switches of the network follow those of the nodes, and so are in no node.
  const auto node = [&](int e) { return e < input.ranks ? e / per_node : e - input.ranks; };
  for (const Transfer& t : schedule.transfers) {
    const auto bytes = static_cast<double>(t.bytes.count());
    if (node(t.source) != node(t.target)) {  // A switch has no NIC.
      if (t.source < input.ranks) nics[nic(t.source)][0] += bytes;
      if (t.target < input.ranks) nics[nic(t.target)][1] += bytes;
      continue;
    }
    if (t.source < input.ranks) chips[static_cast<size_t>(t.source)][0] += bytes;
    if (t.target < input.ranks) chips[static_cast<size_t>(t.target)][1] += bytes;
  }
  Ports ports;
  for (const auto& [out, in] : chips) ports.scale_up = std::max({ports.scale_up, out, in});
  for (const auto& [out, in] : nics) ports.scale_out = std::max({ports.scale_out, out, in});
  return ports;
}

void ExpectCostOfSchedule(const std::string& name, const AlgorithmInput& input) {
  const auto schedule = BuildSchedule(name, input);
  const auto cost = CostOf(name, input);
  ASSERT_THAT(schedule, IsOk());
  ASSERT_THAT(cost, IsOk());
  const std::string what = testing::PrintToString(
      std::make_tuple(name, std::string(CollectiveOpName(input.op)), input.ranks,
                      input.ranks_per_node, input.rails, input.segments));
  // Whole numbers, so that sums are exact; between nodes nothing is cheaper than inside.
  for (const TransferPrices& p :
       {TransferPrices{1048576, 1048576, 1, 1}, TransferPrices{1024, 16777216, 1, 3}}) {
    EXPECT_EQ(cost->transfers, static_cast<int64_t>(schedule->transfers.size())) << what;
    // Trees that take turns: exact only while pushing to the switch is the longer stage.
    const bool turns = cost->scale_out_stage_share < 1 && p.scale_out_hop > p.scale_up_hop;
    if (turns && cost->scale_out_hops > 0) continue;
    EXPECT_EQ(LongestChain(*schedule, input.per_node(), p), cost->Seconds(p)) << what;
  }
  const Ports ports = BusiestPorts(*schedule, input);
  EXPECT_EQ(ports.scale_up, cost->scale_up_bytes) << what;
  EXPECT_EQ(ports.scale_out, cost->scale_out_bytes) << what;
}

TEST(CostTest, HopsBytesAndPortLoadsAreThoseOfTheSchedule) {
  // {ranks per node, nodes, rails, segments}.
  for (const auto& [per_node, nodes, rails, segments] :
       std::vector<std::array<int, 4>>{{2, 1, 1, 1},
                                       {8, 1, 1, 4},
                                       {5, 1, 1, 2},
                                       {8, 2, 8, 4},
                                       {4, 4, 4, 2},
                                       {8, 8, 4, 2},
                                       {1, 8, 1, 4},
                                       {4, 3, 4, 2}}) {
    for (int op = 0; op <= static_cast<int>(CollectiveOp::kBarrier); ++op) {
      AlgorithmInput input = {.op = static_cast<CollectiveOp>(op),
                              .ranks = per_node * nodes,
                              .bytes = Bytes(per_node * nodes * 5760),
                              .ranks_per_node = per_node,
                              .rails = rails,
                              .segments = segments};
      if (input.op == CollectiveOp::kAllToAllV) continue;
      for (const std::string& name : AlgorithmsFor(input.op)) {
        const bool power_of_two = (input.ranks & (input.ranks - 1)) == 0;
        const bool recursive = name == "halving_doubling" || name == "recursive_doubling";
        if (recursive && !power_of_two) continue;  // An upper bound only.
        if (!HasClosedForm(name)) continue;
        ExpectCostOfSchedule(name, input);
      }
    }
  }
}

TEST(CostTest, AnUnevenExchangeCostsItsBusiestPorts) {
  AlgorithmInput input = {
      .op = CollectiveOp::kAllToAllV, .ranks = 8, .ranks_per_node = 4, .rails = 2};
  for (int i = 0; i < 64; ++i) input.matrix.emplace_back(i * 7919 % 1000 * 1000);
  const auto schedule = BuildSchedule("direct", input);
  const auto cost = CostOf("direct", input);
  ASSERT_THAT(cost, IsOk());
  const Ports ports = BusiestPorts(*schedule, input);
  EXPECT_EQ(ports.scale_up, cost->scale_up_bytes);
  EXPECT_EQ(ports.scale_out, cost->scale_out_bytes);
  EXPECT_EQ(cost->scale_out_hops, 1);
}

TEST(CostTest, AlgorithmsWithoutAClosedFormSaySo) {
  EXPECT_FALSE(HasClosedForm("bruck"));
  EXPECT_THAT(CostOf("bruck", {.op = CollectiveOp::kAllToAll, .ranks = 4}),
              FailsWith("algorithm \"bruck\" has no closed form of its cost"));
}

// Two nodes of four chips on a switch: a ring reduce-scatter inside, two steps across, a gather.
TEST(ScheduleLevelsTest, AHierarchicalAllReduceLoadsOnePortALevel) {
  const auto machine =
      MakeMachine({.chips_per_node = 4, .link_gbytes_per_second = 100, .nodes = 2});
  const AlgorithmInput input = {.ranks = 8, .bytes = Bytes(8000), .ranks_per_node = 4, .rails = 4};
  const auto schedule = BuildSchedule("two_level", input);
  ASSERT_THAT(schedule, IsOk());
  const std::vector<VertexId> endpoints = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto levels = LevelsOf(*schedule, input, endpoints, *machine);
  ASSERT_EQ(levels.size(), 8U);
  for (size_t i = 0; i < levels.size(); ++i) {
    const bool across = i == 3 || i == 4;
    EXPECT_EQ(levels[i].between, across);
    EXPECT_EQ(levels[i].inside, !across);
    EXPECT_EQ(levels[i].largest, across ? 1000 : 2000);
    EXPECT_EQ(levels[i].chip_bytes, across ? 0 : 2000);
    EXPECT_EQ(levels[i].network_bytes, across ? 1000 : 0);
    EXPECT_EQ(levels[i].link_seconds, across ? 0 : 2000 / 100e9);
  }
}

// Four chips in a ring: an all-to-all of one block a pair, the antipodal ones two hops long.
TEST(ScheduleLevelsTest, LinksCarryWhatIsRoutedOverThem) {
  const auto machine = MakeMachine({.scale_up = ScaleUpTopology::kRing,
                                    .chips_per_node = 4,
                                    .shape = {4},
                                    .link_gbytes_per_second = 1});
  const AlgorithmInput input = {.op = CollectiveOp::kAllToAll, .ranks = 4, .bytes = Bytes(4000)};
  const auto schedule = BuildSchedule("direct", input);
  ASSERT_THAT(schedule, IsOk());
  const auto levels = LevelsOf(*schedule, input, {0, 1, 2, 3}, *machine);
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(levels[0].link_seconds, 2e-6);  // n^2 / 8 blocks.
  EXPECT_EQ(levels[0].chip_bytes, 3000);
}

}  // namespace
}  // namespace tessera
