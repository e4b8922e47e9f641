#include <gtest/gtest.h>

#include "nodes/astra/modelled.h"
#include "tests/status_matchers.h"
#include "topology/topology.h"

namespace tessera {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr double kBytesPerNs = 50 * 1073741824.0 / 1e9;

AstraInputs Machine(std::vector<AstraDimension> dimensions, AstraImplementation implementation) {
  AstraInputs inputs;
  inputs.network.dimensions = std::move(dimensions);
  for (AstraDimension& dimension : inputs.network.dimensions) {
    dimension.bandwidth_gib_per_s = 50;
    dimension.latency_ns = 500;
  }
  inputs.system.splits = 4;
  inputs.system.local_memory_gb_per_s = 1600;
  inputs.system.implementations.fill(
      std::vector<AstraImplementation>(inputs.network.dimensions.size(), implementation));
  inputs.traces.resize(static_cast<size_t>(inputs.network.npus()));
  return inputs;
}

AstraInputs Collective(AstraInputs inputs, ChakraCollective op, uint64_t bytes) {
  inputs.traces.assign(inputs.traces.size(), OneCollectiveTrace(op, bytes));
  return inputs;
}

TEST(AstraTopologyTest, EveryBlockHasItsLinks) {
  const auto links = [](AstraBlock block, int npus) {
    return MakeAstraTopology(
               {{{.block = block, .npus = npus, .bandwidth_gib_per_s = 50, .latency_ns = 500}}})
        ->links()
        .size();
  };
  EXPECT_EQ(links(AstraBlock::kRing, 8), 16U);
  EXPECT_EQ(links(AstraBlock::kRing, 2), 2U);
  EXPECT_EQ(links(AstraBlock::kFullyConnected, 8), 56U);
  EXPECT_EQ(links(AstraBlock::kSwitch, 8), 16U);
  const auto mixed = MakeAstraTopology(
      {{{.block = AstraBlock::kRing, .npus = 4, .bandwidth_gib_per_s = 50, .latency_ns = 500},
        {.block = AstraBlock::kSwitch, .npus = 2, .bandwidth_gib_per_s = 25, .latency_ns = 900}}});
  EXPECT_EQ(mixed->chips(), 8);
  EXPECT_EQ(mixed->links().size(), 2U * 8 + 4 * 4);
  EXPECT_EQ(mixed->RouteLatency(0, 4), Duration(2 * 900'000));
  EXPECT_EQ(mixed->RouteLatency(0, 2), Duration(2 * 500'000));
}

TEST(AstraModelledTest, ARingAllReduceIsAsLongAsItsSteps) {
  const auto result =
      RunAstraModelled(Collective(Machine({{.block = AstraBlock::kRing, .npus = 8}}, {}),
                                  ChakraCollective::kAllReduce, 64 * kMiB),
                       {});
  ASSERT_THAT(result, IsOk());
  const double step = 510 + 8.0 * kMiB / kBytesPerNs;
  EXPECT_NEAR(static_cast<double>(result->run.max_ns()), 14 * step, 14);
  EXPECT_NEAR(static_cast<double>(result->busiest_link_ns), 14 * (step - 510), 14);
}

TEST(AstraModelledTest, NoAnswerIsBelowTheBusiestLinkWhereAstraSimsIs) {
  const AstraInputs inputs = Collective(
      Machine({{.block = AstraBlock::kSwitch, .npus = 16}}, {.algorithm = AstraAlgorithm::kDirect}),
      ChakraCollective::kAllToAll, 64 * kMiB);
  const auto modelled = RunAstraModelled(inputs, {});
  const auto unaware = RunAstraParity(inputs, {.congestion_aware = false});
  ASSERT_THAT(modelled, IsOk());
  ASSERT_THAT(unaware, IsOk());
  EXPECT_NEAR(static_cast<double>(modelled->busiest_link_ns), 15 * 4.0 * kMiB / kBytesPerNs, 2);
  EXPECT_GE(modelled->run.max_ns(), modelled->busiest_link_ns);
  EXPECT_LT(10 * unaware->max_ns(), modelled->busiest_link_ns);
}

TEST(AstraModelledTest, DimensionsAndGroupsAreTakenOneByOne) {
  AstraInputs inputs = Collective(
      Machine({{.block = AstraBlock::kRing, .npus = 4}, {.block = AstraBlock::kSwitch, .npus = 2}},
              {}),
      ChakraCollective::kAllReduce, 16 * kMiB);
  const auto grid = RunAstraModelled(inputs, {});
  ASSERT_THAT(grid, IsOk());
  // Three quarters out and back over a link of the ring, a quarter through the switch.
  const double least = (2 * 0.75 + 0.25) * 16.0 * kMiB / kBytesPerNs;
  EXPECT_GT(static_cast<double>(grid->run.max_ns()), least);
  EXPECT_LT(static_cast<double>(grid->run.max_ns()), 1.1 * least);
  inputs.groups = {{1, {0, 1, 2, 3}}, {2, {4, 5, 6, 7}}};
  for (size_t rank = 0; rank < 8; ++rank) inputs.traces[rank].nodes[0].group = rank < 4 ? 1 : 2;
  const auto groups = RunAstraModelled(inputs, {});
  ASSERT_THAT(groups, IsOk());
  EXPECT_EQ(groups->run.min_ns(), groups->run.max_ns());
  EXPECT_NEAR(static_cast<double>(groups->run.max_ns()), 6 * (510 + 4.0 * kMiB / kBytesPerNs), 6);
}

TEST(AstraModelledTest, MessagesMeetTheirReceivesAndShareLinks) {
  AstraInputs inputs = Machine({{.block = AstraBlock::kSwitch, .npus = 3}}, {});
  const auto node = [](ChakraType type, uint32_t peer) {
    ChakraTrace trace;
    ChakraNode& n = trace.nodes.emplace_back();
    n.id = 1;
    n.type = type;
    n.bytes = kMiB;
    (type == ChakraType::kSend ? n.target : n.source) = peer;
    return trace;
  };
  inputs.traces[0] = node(ChakraType::kSend, 2);
  inputs.traces[1] = node(ChakraType::kSend, 2);
  inputs.traces[2] = node(ChakraType::kReceive, 0);
  inputs.traces[2].nodes.push_back(node(ChakraType::kReceive, 1).nodes[0]);
  inputs.traces[2].nodes[1].id = 2;
  const auto result = RunAstraModelled(inputs, {});
  ASSERT_THAT(result, IsOk());
  // Both share the link from the switch.
  EXPECT_NEAR(static_cast<double>(result->run.ranks[2].finish_ns), 1010 + 2.0 * kMiB / kBytesPerNs,
              2);
  inputs.traces[1] = {};
  EXPECT_THAT(RunAstraModelled(inputs, {}), FailsContaining("rank 2 never ends"));
  inputs.memory.kind = AstraMemory::kPool;
  EXPECT_THAT(RunAstraModelled(inputs, {}), FailsContaining("remote memory"));
}

}  // namespace
}  // namespace tessera
