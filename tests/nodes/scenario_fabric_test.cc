// What the `fabric` block of a scenario does to whole runs.
#include "nodes/scenario_fabric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "nodes/split_summary.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// Four DGX H100 on two leaves of two nodes: sixteen NICs and as many uplinks each.
constexpr char kTwoLeaves[] = R"(
system:
  base: dgx_h100
  scale_out: {rail_optimised: false, nodes_per_leaf: 2}
nodes: 4
collective: {operation: all_to_all, bytes: 4 MiB}
)";
constexpr char kOversubscribed[] =
    "system.scale_out.oversubscription=4";  // Four uplinks of a leaf.

absl::StatusOr<SimulationResult> RunWith(const std::vector<std::string>& overrides,
                                         const std::string& text = kTwoLeaves) {
  const auto scenario = Catalog("configs").ParseScenario(text, "test.yaml", overrides);
  if (!scenario.ok()) return scenario.status();
  return Simulate(*scenario, {.traced_ranks = 0});
}

double SecondsWith(const std::vector<std::string>& overrides,
                   const std::string& text = kTwoLeaves) {
  const auto result = RunWith(overrides, text);
  EXPECT_THAT(result, IsOk());
  return result.ok() ? ToSeconds(result->makespan) : 0;
}

TEST(ScenarioFabricTest, DefaultsAreFluidAndByDestination) {
  const double plain = SecondsWith({});
  EXPECT_EQ(SecondsWith({"fabric=fluid"}), plain);
  EXPECT_EQ(SecondsWith({"fabric.routing=destination_modulo"}), plain);
}

// Flows that hash to one uplink share it while others idle; sprayed ones load all alike.
TEST(ScenarioFabricTest, HashCollisionsAreSlowerThanSpraying) {
  const double spray = SecondsWith({kOversubscribed, "fabric.routing=spray"});
  const double one = SecondsWith({kOversubscribed, "fabric.routing=ecmp"});
  const double eight =
      SecondsWith({kOversubscribed, "fabric.routing=ecmp", "fabric.queue_pairs=8"});
  EXPECT_GT(one, 1.05 * spray);
  EXPECT_LT(eight, 1.05 * one);
  EXPECT_GE(eight, spray);
}

TEST(ScenarioFabricTest, TheSeedOfTheHashDecidesWhoCollides) {
  std::set<double> seconds;
  for (const char* seed : {"1", "2", "3", "4"}) {
    seconds.insert(SecondsWith(
        {kOversubscribed, "fabric.routing=ecmp", std::string("fabric.hash_seed=") + seed}));
  }
  EXPECT_GT(seconds.size(), 1);
}

TEST(ScenarioFabricTest, OversubscribedUplinksAreSlower) {
  const double full = SecondsWith({"fabric.routing=spray"});
  EXPECT_GT(SecondsWith({kOversubscribed, "fabric.routing=spray"}), 1.5 * full);
}

TEST(ScenarioFabricTest, AnalyticIsNeverLaterThanFluid) {
  const double fluid = SecondsWith({});
  const double analytic = SecondsWith({"fabric=analytic"});
  EXPECT_LE(analytic, fluid);
  EXPECT_GT(analytic, 0.3 * fluid);
}

// Two exchanges in turn cross one uplink; analytic ones do not feel each other.
TEST(ScenarioFabricTest, AnalyticLoadBeyondALinkIsRefused) {
  const FabricSpec fabric{.scale_out = Fidelity::kAnalytic};
  const auto scenario = Catalog("configs").ParseScenario(kTwoLeaves, "test.yaml");
  ASSERT_THAT(scenario, IsOk());
  const auto topology = BuildTopology(scenario->system, 4, 32, RoutingOf(fabric));
  ASSERT_THAT(topology, IsOk());
  std::vector<Bytes> bytes((*topology)->links().size());
  bytes.back() = Bytes::GiB(1);
  EXPECT_THAT(CheckAnalyticLoad(fabric, **topology, bytes, Duration(1'000'000)),
              FailsContaining("exchanges meet there, which this model leaves out"));
  EXPECT_THAT(CheckAnalyticLoad({}, **topology, bytes, Duration(1'000'000)), IsOk());
}

// A ring over two nodes on one leaf: nothing queues, and channels are slower than NICs.
constexpr char kRing[] = R"(
system: dgx_h100
nodes: 2
collective: {operation: all_reduce, bytes: 16 MiB, algorithm: ring}
)";

// Headers are 64 bytes of 4160; a message waits for whole packets at each of its hops.
TEST(ScenarioFabricTest, PacketsTakeWhatFluidDoesWhereNothingQueues) {
  const double fluid = SecondsWith({}, kRing);
  for (const char* transport : {"receiver_driven", "lossless", "dcqcn"}) {
    const double packets = SecondsWith(
        {"fabric.scale_out=packet", std::string("fabric.transport=") + transport}, kRing);
    EXPECT_GT(packets, 0.999 * fluid) << transport;
    EXPECT_LT(packets, 1.05 * fluid) << transport;
  }
}

// Inside a node, where links have credits and headers a flit.
TEST(ScenarioFabricTest, PacketsInsideNodesTakeWhatFluidDoesWhereNothingQueues) {
  for (const char* nodes : {"nodes=1", "nodes=2"}) {
    const double fluid = SecondsWith({nodes}, kRing);
    const double packets = SecondsWith({nodes, "fabric.scale_up=packet"}, kRing);
    EXPECT_GT(packets, 0.999 * fluid) << nodes;
    EXPECT_LT(packets, 1.03 * fluid) << nodes;
  }
}

// A torus of chips that forward: buffers of one packet do not fill its links.
TEST(ScenarioFabricTest, SmallBuffersSlowATorusOfChipsDown) {
  constexpr char kTorus[] = R"(
system: trn2_48xlarge
collective: {operation: all_to_all, bytes: 1 MiB}
)";
  const double fluid = SecondsWith({}, kTorus);
  const double full = SecondsWith({"fabric.scale_up=packet"}, kTorus);
  const double small = SecondsWith({"fabric.scale_up=packet", "fabric.credit_buffer=5 KB"}, kTorus);
  EXPECT_GT(full, 0.999 * fluid);
  EXPECT_LT(full, 1.3 * fluid);
  EXPECT_GT(small, 1.2 * full);
}

TEST(ScenarioFabricTest, BuffersHoldAtLeastAPacket) {
  EXPECT_THAT(RunWith({"fabric.scale_up=packet", "fabric.credit_buffer=4 KB"}, kRing),
              FailsContaining("credit.buffer: found 4000; accepted: at least one packet"));
}

// Sixteen chips send to each one at once; bytes that no queue can reorder away take their time.
TEST(ScenarioFabricTest, PacketsOfAnIncastTakeLongerThanFluid) {
  const double fluid = SecondsWith({"fabric.routing=spray"});
  const double packets = SecondsWith({"fabric.scale_out=packet", "fabric.routing=spray"});
  EXPECT_GT(packets, fluid);
  EXPECT_LT(packets, 2 * fluid);
}

// Chips and network have no lookahead over each other: one of the processes runs it all.
TEST(ScenarioFabricTest, PacketsAndSpreadTrafficHaveOneResultOverAnyNumberOfProcesses) {
  for (const char* choice :
       {"fabric.scale_out=packet", "fabric.scale_up=packet", "fabric.routing=spray"}) {
    const auto scenario = Catalog("configs").ParseScenario(kRing, "test.yaml", {choice});
    ASSERT_THAT(scenario, IsOk());
    const auto whole = Simulate(*scenario, {});
    const auto split = SimulateOnThreads(*scenario, {}, 3);
    ASSERT_THAT(whole, IsOk());
    ASSERT_THAT(split, IsOk());
    EXPECT_EQ(split->makespan, whole->makespan) << choice;
    EXPECT_EQ(split->events, whole->events) << choice;
    EXPECT_EQ(split->partitions[2].logical_processes, 0) << choice;
    EXPECT_THAT(SplitSummary(split->partitions, split->folded),
                testing::HasSubstr("not split over 3 processes: with packets, spraying"));
  }
}

TEST(ScenarioFabricTest, AHashWithOneWayIsSplitWithEqualResults) {
  const auto scenario =
      Catalog("configs").ParseScenario(kTwoLeaves, "test.yaml", {"fabric.routing=ecmp"});
  ASSERT_THAT(scenario, IsOk());
  const auto whole = Simulate(*scenario, {});
  const auto split = SimulateOnThreads(*scenario, {}, 2);
  ASSERT_THAT(whole, IsOk());
  ASSERT_THAT(split, IsOk());
  EXPECT_EQ(whole->makespan, split->makespan);
}

// Rail-optimised leaves: traffic between rails crosses spines unless a chip of the node forwards
// it.
TEST(ScenarioFabricTest, CrossRailForwardingKeepsTrafficOffTheSpines) {
  constexpr char kRails[] = R"(
system: dgx_h100
nodes: 2
collective: {operation: all_to_all, bytes: 4 MiB}
)";
  const auto spine_bytes = [&](const std::vector<std::string>& overrides) {
    const auto result = RunWith(overrides, kRails);
    EXPECT_THAT(result, IsOk());
    return result->tiers[1].bytes;
  };
  EXPECT_LT(spine_bytes({"fabric.cross_rail_forwarding=true"}), spine_bytes({}));
}

// A shipped scenario of four nodes.
TEST(ScenarioFabricTest, AShippedScenarioRunsWithPackets) {
  const std::vector<std::string> shorter = {"inference.output_tokens=4"};
  std::vector<std::string> packets = shorter;
  packets.emplace_back("fabric.scale_out=packet");
  const auto seconds = [](const std::vector<std::string>& overrides) {
    const auto scenario = Catalog("configs").LoadScenario(
        "configs/scenarios/llama3_70b_cerebras_cs3.yaml", overrides);
    EXPECT_THAT(scenario, IsOk());
    const auto result = Simulate(*scenario, {});
    EXPECT_THAT(result, IsOk());
    return ToSeconds(result->makespan);
  };
  const double fluid = seconds(shorter);
  const double packet = seconds(packets);
  EXPECT_GT(packet, fluid);
  EXPECT_LT(packet, 1.05 * fluid);
}

}  // namespace
}  // namespace tessera
