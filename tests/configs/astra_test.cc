#include "configs/formats/astra.h"

#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

absl::StatusOr<YamlValue> Parse(absl::string_view text) { return ParseYaml(text, "f"); }

absl::StatusOr<AstraNetwork> Network(absl::string_view text) {
  const auto root = Parse(text);
  if (!root.ok()) return root.status();
  return ReadAstraNetwork(*root, "f");
}

absl::StatusOr<AstraSystem> System(absl::string_view text) {
  const auto root = Parse(text);
  if (!root.ok()) return root.status();
  return ReadAstraSystem(*root, "f");
}

absl::StatusOr<AstraRemoteMemory> Memory(absl::string_view text) {
  const auto root = Parse(text);
  if (!root.ok()) return root.status();
  return ReadAstraRemoteMemory(*root, "f");
}

absl::StatusOr<AstraGroups> Groups(absl::string_view text) {
  const auto root = Parse(text);
  if (!root.ok()) return root.status();
  return ReadAstraGroups(*root, "f", 8);
}

TEST(AstraNetworkTest, DimensionsComeInOrder) {
  const auto network = Network(
      "topology: [ Ring, FullyConnected, Switch ]\nnpus_count: [ 4, 2, 8 ]  # 64\n"
      "bandwidth: [ 200.0, 100.0, 50.0 ]\nlatency: [ 50.0, 500, 2000 ]\n");
  ASSERT_THAT(network, IsOk());
  EXPECT_EQ(network->npus(), 64);
  ASSERT_EQ(network->dimensions.size(), 3U);
  EXPECT_EQ(network->dimensions[0].block, AstraBlock::kRing);
  EXPECT_EQ(network->dimensions[1].block, AstraBlock::kFullyConnected);
  EXPECT_EQ(network->dimensions[2].block, AstraBlock::kSwitch);
  EXPECT_EQ(network->dimensions[2].npus, 8);
  EXPECT_EQ(network->dimensions[1].bandwidth_gib_per_s, 100);
  EXPECT_EQ(network->dimensions[2].latency_ns, 2000);
}

TEST(AstraNetworkTest, FaultsNameTheirPlace) {
  EXPECT_THAT(Network("topology: [Mesh]\nnpus_count: [1]\nbandwidth: [0]\nlatency: [1]\n"),
              FailsWith("f:1:12: topology: found \"Mesh\"; accepted: Ring, FullyConnected, Switch\n"
                        "f:2:14: npus_count: found 1; accepted: 2 to 1048576\n"
                        "f:3:13: bandwidth: accepted: above zero (GiB/s)"));
  EXPECT_THAT(
      Network("topology: [Ring]\nnpus_count: [2, 4]\nbandwidth: [1]\n"),
      FailsWith("f:2:13: npus_count: found 2 values; accepted: 1, one for each of topology\n"
                "f:1:1: latency: found none; accepted: a list with one value a dimension"));
  EXPECT_THAT(Network("topology: [Ring, Ring]\nnpus_count: [1000000, 9]\nbandwidth: [1, 1]\n"
                      "latency: [1, 1]\n"),
              FailsWith("f:2:23: npus_count: more than 1048576 NPUs in all"));
  EXPECT_THAT(Network("[1]"), FailsContaining("f:1:1: topology: found none"));
}

// Indented with tabs, as JSON may be.
constexpr absl::string_view kSystem =
    "{\n\t\"scheduling-policy\": \"FIFO\",\n\t\"endpoint-delay\": 20,\n"
    "\t\"active-chunks-per-dimension\": 2, \"preferred-dataset-splits\": 8,\n"
    "\t\"all-reduce-implementation\": [\"ring\", \"direct4\"],\n"
    "\t\"all-gather-implementation\": [\"oneHalvingDoubling\"],\n"
    "\t\"collective-optimization\": \"localBWAware\", \"local-mem-bw\": 1600.5,\n"
    "\t\"boost-mode\": 0, \"roofline-enabled\": 1, \"peak-perf\": 900, \"L\": 3\n}\n";

TEST(AstraSystemTest, KeysHaveTheirMeaning) {
  const auto system = System(kSystem);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->policy, AstraPolicy::kFifo);
  EXPECT_EQ(system->endpoint_delay_ns, 20);
  EXPECT_EQ(system->active_chunks, 2);
  EXPECT_EQ(system->splits, 8);
  const auto& all_reduce = system->implementations[0];
  ASSERT_EQ(all_reduce.size(), 2U);
  EXPECT_EQ(all_reduce[0].algorithm, AstraAlgorithm::kRing);
  EXPECT_EQ(all_reduce[1].algorithm, AstraAlgorithm::kDirect);
  EXPECT_EQ(all_reduce[1].window, 4);
  EXPECT_TRUE(system->implementations[1][0].flat);
  EXPECT_EQ(system->implementations[1][0].algorithm, AstraAlgorithm::kHalvingDoubling);
  EXPECT_TRUE(system->all_reduce_by_parts);
  EXPECT_EQ(system->local_memory_gb_per_s, 1600.5);
  EXPECT_TRUE(system->roofline);
  EXPECT_EQ(system->peak_tflops, 900);
  EXPECT_FALSE(system->replay_only);
  EXPECT_EQ(system->ignored, std::vector<std::string>{"boost-mode"});
}

TEST(AstraSystemTest, FaultsNameTheirPlace) {
  EXPECT_THAT(System("{}"),
              FailsWith("f:1:1: key \"scheduling-policy\" is missing; accepted: LIFO, FIFO, "
                        "EXPLICIT\n"
                        "f:1:1: key \"preferred-dataset-splits\" is missing; accepted: chunks of a "
                        "collective, from 1 on\n"
                        "f:1:1: key \"local-mem-bw\" is missing; accepted: GB/s, above zero"));
  const std::string common =
      "{\"scheduling-policy\": \"LIFO\", \"preferred-dataset-splits\": 4, \"local-mem-bw\": 1";
  EXPECT_THAT(System(common + ",\n\"all-reduce-implementation\": [\"rings\"]}"),
              FailsContaining("f:2:31: all-reduce-implementation: found \"rings\"; accepted: ring, "
                              "direct, directK"));
  EXPECT_THAT(System(common + ",\n\"all-to-all-implementation\": [\"direct0\"]}"),
              FailsContaining("f:2:31: all-to-all-implementation: found \"direct0\""));
  EXPECT_THAT(
      System(common + ",\n\"model-shared-bus\": 1}"),
      FailsWith("f:2:21: model-shared-bus: the LogGP memory bus is not there; accepted: 0"));
  EXPECT_THAT(System(common + ",\n\"all-gather-implementation-custom\": [\"a\"]}"),
              FailsContaining("f:2:37: all-gather-implementation-custom: algorithms given as"));
  EXPECT_THAT(System(common + ",\n\"roofline-enabled\": 1}"), FailsContaining("peak-perf"));
  EXPECT_THAT(System(common + ",\n\"endpoint-delay\": 1.5}"), FailsContaining("f:2:19: "));
  EXPECT_THAT(System("[4"), FailsContaining("f:"));
}

TEST(AstraMemoryTest, KindsAreReadWithTheirNumbers) {
  const auto none = Memory("{\"memory-type\": \"NO_MEMORY_EXPANSION\"}");
  ASSERT_THAT(none, IsOk());
  EXPECT_EQ(none->kind, AstraMemory::kNone);
  const auto node = Memory(
      "{\"memory-type\": \"PER_NODE_MEMORY_EXPANSION\", \"num-nodes\": 2,\n"
      "\"num-npus-per-node\": 4, \"remote-mem-latency\": 100, \"remote-mem-bw\": 32}");
  ASSERT_THAT(node, IsOk());
  EXPECT_EQ(node->kind, AstraMemory::kPerNode);
  EXPECT_EQ(node->nodes, 2);
  EXPECT_EQ(node->npus_per_node, 4);
  EXPECT_EQ(node->latency_ns, 100);
  EXPECT_EQ(node->bandwidth_gb_per_s, 32);
  EXPECT_THAT(Memory("{}"), FailsContaining("f:1:1: key \"memory-type\" is missing"));
  EXPECT_THAT(Memory("{\"memory-type\": \"MEMORY_POOL\"}"), FailsContaining("remote-mem-bw"));
  EXPECT_THAT(Memory("{\"memory-type\": \"PER_NODE_MEMORY_EXPANSION\", \"remote-mem-bw\": 1}"),
              FailsContaining("num-nodes and num-npus-per-node"));
}

TEST(AstraGroupsTest, RanksKeepTheirOrder) {
  const auto groups = Groups("{\"1\": [0, 1, 2], \"12\": [7, 3]}");
  ASSERT_THAT(groups, IsOk());
  EXPECT_EQ(groups->at(12), (std::vector<int>{7, 3}));
  EXPECT_THAT(Groups("{\"0\": [1],\n\"2\": [8, 1, 1],\n\"3\": []}"),
              FailsWith("f:1:2: group: found \"0\"; accepted: a number from 1 to 2000\n"
                        "f:2:7: group: found 8; accepted: ranks below 8\n"
                        "f:2:13: group: rank 1 is there twice\n"
                        "f:3:6: group: found a list; accepted: its ranks"));
}

}  // namespace
}  // namespace tessera
