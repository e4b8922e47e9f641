#include <gtest/gtest.h>

#include "nodes/astra/parity.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr uint64_t kMiB = 1 << 20;

AstraInputs Machine(AstraBlock block, int npus, AstraImplementation implementation = {}) {
  AstraInputs inputs;
  inputs.network.dimensions = {
      {.block = block, .npus = npus, .bandwidth_gib_per_s = 50, .latency_ns = 500}};
  inputs.system.splits = 4;
  inputs.system.local_memory_gb_per_s = 1600;
  inputs.system.implementations.fill({implementation});
  inputs.traces.resize(static_cast<size_t>(npus));
  return inputs;
}

AstraInputs Collective(AstraInputs inputs, ChakraCollective op, uint64_t bytes) {
  inputs.traces.assign(inputs.traces.size(), OneCollectiveTrace(op, bytes));
  return inputs;
}

// The closed forms below are those of a run with one active chunk; all cut off to whole ns.
struct Prices {
  int64_t hop = 0;
  int64_t reduction = 0;
};
Prices PricesOf(uint64_t message) {
  const double b = static_cast<double>(message);
  return {.hop = static_cast<int64_t>(500 + b / (50 * 1073741824.0 / 1e9)),
          .reduction = 3 * static_cast<int64_t>(b / 1600)};
}

class RingLawTest : public testing::TestWithParam<int> {};

TEST_P(RingLawTest, AllReduceReduceScatterAndAllGatherFollowTheirClosedForms) {
  const int64_t n = GetParam();
  const uint64_t chunk = kMiB / 4;
  const auto part = PricesOf(chunk / static_cast<uint64_t>(n));
  const auto shard = PricesOf(chunk);
  const AstraInputs machine = Machine(AstraBlock::kRing, static_cast<int>(n));
  const auto time = [&](ChakraCollective op) {
    const auto result = RunAstraParity(Collective(machine, op, kMiB), {});
    EXPECT_THAT(result, IsOk());
    EXPECT_EQ(result->min_ns(), result->max_ns());
    return result->max_ns();
  };
  EXPECT_EQ(time(ChakraCollective::kAllReduce),
            4 * (2 * (n - 1) * part.hop + (2 * (n - 1) + 1) * 10 + (n - 1) * part.reduction));
  EXPECT_EQ(time(ChakraCollective::kReduceScatter),
            4 * ((n - 1) * part.hop + n * 10 + (n - 1) * part.reduction));
  EXPECT_EQ(time(ChakraCollective::kAllGather), 4 * ((n - 1) * shard.hop + n * 10));
}

INSTANTIATE_TEST_SUITE_P(Sizes, RingLawTest, testing::Values(2, 3, 4, 7, 16, 33));

TEST(AstraParityTest, MessagesAreOneByOne) {
  const auto result = RunAstraParity(
      Collective(Machine(AstraBlock::kRing, 8), ChakraCollective::kAllReduce, kMiB), {});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->messages, 4 * 8 * 2 * 7);
}

TEST(AstraParityTest, OnASwitchTheAwareModelStoresAndForwards) {
  const AstraInputs inputs =
      Collective(Machine(AstraBlock::kSwitch, 8), ChakraCollective::kReduceScatter, kMiB);
  const auto aware = RunAstraParity(inputs, {});
  const auto unaware = RunAstraParity(inputs, {.congestion_aware = false});
  ASSERT_THAT(aware, IsOk());
  ASSERT_THAT(unaware, IsOk());
  const auto part = PricesOf(kMiB / 32);
  EXPECT_EQ(aware->max_ns(), 4 * (7 * 2 * part.hop + 80 + 7 * part.reduction));
  EXPECT_EQ(unaware->max_ns(), 4 * (7 * (part.hop + 500) + 80 + 7 * part.reduction));
}

TEST(AstraParityTest, TheEndpointDelayScalesButNotThatOfGroupRings) {
  AstraInputs inputs =
      Collective(Machine(AstraBlock::kRing, 4), ChakraCollective::kAllGather, kMiB);
  const auto one = RunAstraParity(inputs, {});
  const auto three = RunAstraParity(inputs, {.injection_scale = 3});
  ASSERT_THAT(three, IsOk());
  EXPECT_EQ(three->max_ns() - one->max_ns(), 4 * 4 * 20);
  inputs.groups = {{1, {0, 1}}, {2, {2, 3}}};
  for (size_t rank = 0; rank < 4; ++rank) {
    inputs.traces[rank].nodes[0].group = rank < 2 ? 1 : 2;
  }
  const auto group = RunAstraParity(inputs, {});
  const auto scaled = RunAstraParity(inputs, {.injection_scale = 3});
  ASSERT_THAT(group, IsOk());
  EXPECT_EQ(group->max_ns(), scaled->max_ns());
  EXPECT_EQ(group->max_ns(), 4 * (PricesOf(kMiB / 4).hop + 20));
}

TEST(AstraParityTest, ARendezvousPutsAHandshakeBeforeEveryMessage) {
  const AstraInputs inputs =
      Collective(Machine(AstraBlock::kRing, 4), ChakraCollective::kAllGather, kMiB);
  const auto eager = RunAstraParity(inputs, {});
  const auto rendezvous = RunAstraParity(inputs, {.rendezvous = true});
  ASSERT_THAT(rendezvous, IsOk());
  EXPECT_EQ(rendezvous->max_ns() - eager->max_ns(), 4 * 3 * PricesOf(8192).hop);
  EXPECT_EQ(rendezvous->messages, eager->messages);
}

TEST(AstraParityTest, MoreQueuesLetChunksRunAtATimeInBothDirections) {
  AstraInputs inputs =
      Collective(Machine(AstraBlock::kRing, 4), ChakraCollective::kReduceScatter, kMiB);
  inputs.system.active_chunks = 2;
  const auto two = RunAstraParity(inputs, {.queues_per_dimension = 2});
  inputs.system.active_chunks = 1;
  const auto one = RunAstraParity(inputs, {});
  ASSERT_THAT(two, IsOk());
  EXPECT_EQ(2 * two->max_ns(), one->max_ns());
}

// Node ids are 1, 2, ...; each depends on the one before.
ChakraTrace Chain(std::vector<ChakraNode> nodes) {
  ChakraTrace trace;
  for (ChakraNode& node : nodes) {
    node.id = trace.nodes.size() + 1;
    if (node.id > 1) node.dependencies = {node.id - 1};
    trace.nodes.push_back(std::move(node));
  }
  return trace;
}

ChakraNode Send(uint32_t to, uint64_t bytes) {
  return {.type = ChakraType::kSend, .bytes = bytes, .target = to};
}
ChakraNode Receive(uint32_t from, uint64_t bytes) {
  return {.type = ChakraType::kReceive, .bytes = bytes, .source = from};
}
ChakraNode Compute(uint64_t us) { return {.type = ChakraType::kCompute, .duration_us = us}; }

TEST(AstraParityTest, ASendAndItsReceiveAreMatchedWhicheverComesFirst) {
  for (const uint64_t late_us : {0, 100}) {
    AstraInputs inputs = Machine(AstraBlock::kRing, 2);
    inputs.traces[0] = Chain({Compute(10), Send(1, kMiB)});
    inputs.traces[1] = Chain({Compute(late_us), Receive(0, kMiB), Compute(5)});
    const auto result = RunAstraParity(inputs, {});
    ASSERT_THAT(result, IsOk());
    const int64_t arrival = 10'000 + PricesOf(kMiB).hop;
    EXPECT_EQ(result->ranks[0].finish_ns, arrival);
    EXPECT_EQ(result->ranks[0].exposed_ns, arrival - 10'000);
    const int64_t received = late_us == 0 ? arrival : 100'000;
    EXPECT_EQ(result->ranks[1].finish_ns, received + 5'000);
  }
}

TEST(AstraParityTest, ComputeNodesFollowTheRoofline) {
  AstraInputs inputs = Machine(AstraBlock::kRing, 2);
  inputs.system.roofline = true;
  inputs.system.peak_tflops = 900;
  ChakraNode bound_by_memory = Compute(7);
  bound_by_memory.operations = 1'000'000'000;
  bound_by_memory.tensor_bytes = 1'600'000'000;
  ChakraNode bound_by_peak = bound_by_memory;
  bound_by_peak.operations = 9'000'000'000'000;
  ChakraNode on_cpu = Compute(3);
  on_cpu.on_cpu = true;
  inputs.traces[0] = Chain({bound_by_memory, bound_by_peak});
  inputs.traces[1] = Chain({on_cpu});
  const auto result = RunAstraParity(inputs, {});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->ranks[0].finish_ns, 1'000'000 + 10'000'000);
  EXPECT_EQ(result->ranks[0].exposed_ns, 0);
  EXPECT_EQ(result->ranks[1].finish_ns, 3'000);
  EXPECT_EQ(result->ranks[1].exposed_ns, 3'000);
}

TEST(AstraParityTest, RemoteMemoryIsSharedByAPoolAndNotByNpus) {
  AstraInputs inputs = Machine(AstraBlock::kRing, 4);
  inputs.memory = {.kind = AstraMemory::kPool, .latency_ns = 100, .bandwidth_gb_per_s = 10};
  for (ChakraTrace& trace : inputs.traces) {
    trace = Chain({{.type = ChakraType::kMemoryLoad, .tensor_bytes = 10'000}});
  }
  const auto pool = RunAstraParity(inputs, {});
  ASSERT_THAT(pool, IsOk());
  for (size_t rank = 0; rank < 4; ++rank) {
    EXPECT_EQ(pool->ranks[rank].finish_ns, 1'100 * static_cast<int64_t>(rank + 1));
  }
  inputs.memory.kind = AstraMemory::kPerNpu;
  EXPECT_EQ(RunAstraParity(inputs, {})->max_ns(), 1'100);
  inputs.memory = {.kind = AstraMemory::kPerNode,
                   .nodes = 2,
                   .npus_per_node = 2,
                   .latency_ns = 100,
                   .bandwidth_gb_per_s = 10};
  EXPECT_EQ(RunAstraParity(inputs, {})->max_ns(), 2'200);
  inputs.memory.nodes = 1;
  EXPECT_THAT(RunAstraParity(inputs, {}), FailsContaining("rank 2: node 1: remote memory"));
}

TEST(AstraParityTest, OneResourceIsForOneNodeAtATimeLowestIdFirst) {
  AstraInputs inputs = Machine(AstraBlock::kRing, 2);
  ChakraTrace& trace = inputs.traces[0];
  for (const uint64_t id : {1, 2, 3}) {
    ChakraNode node = Compute(id);
    node.id = id;
    trace.nodes.push_back(node);
  }
  trace.nodes[1].on_cpu = true;  // Beside the others.
  EXPECT_EQ(RunAstraParity(inputs, {})->ranks[0].finish_ns, 4'000);
}

TEST(AstraParityTest, ARankThatNeverEndsIsNamedWithItsNode) {
  AstraInputs inputs = Machine(AstraBlock::kRing, 4);
  inputs.traces[1] = Chain({Compute(1), Receive(0, 8)});
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsContaining("rank 1 never ends: it waits for node 2 of its trace"));
  inputs.traces[1] = OneCollectiveTrace(ChakraCollective::kAllReduce, kMiB);
  EXPECT_THAT(RunAstraParity(inputs, {}), FailsContaining("rank 1 never ends"));
}

TEST(AstraParityTest, WhatCannotRunIsRefused) {
  AstraInputs inputs =
      Collective(Machine(AstraBlock::kRing, 6, {.algorithm = AstraAlgorithm::kHalvingDoubling}),
                 ChakraCollective::kAllReduce, kMiB);
  EXPECT_THAT(
      RunAstraParity(inputs, {}),
      FailsWith("rank 0: node 1: halvingDoubling: found 6 ranks; accepted: a power of two"));
  inputs = Collective(Machine(AstraBlock::kRing, 4), ChakraCollective::kGather, kMiB);
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsWith("rank 0: node 1: found GATHER; accepted: ALL_REDUCE, ALL_GATHER, "
                        "REDUCE_SCATTER, ALL_TO_ALL, BROADCAST"));
  inputs = Collective(Machine(AstraBlock::kRing, 4), ChakraCollective::kAllGather, 3);
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsContaining("comm_size: found 3; accepted: at least"));
  inputs = Collective(Machine(AstraBlock::kRing, 4), ChakraCollective::kAllReduce, kMiB);
  inputs.traces[2].nodes[0].group = 5;
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsContaining("rank 2: node 1: pg_name: found group 5"));
  inputs.groups[5] = {0, 1};
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsWith("rank 2: node 1: pg_name: group 5 is without this rank"));
  inputs.traces.pop_back();
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsWith("found 3 traces; accepted: 4, one for every NPU of the network"));
  inputs = Machine(AstraBlock::kRing, 2);
  inputs.traces[0] = Chain({Send(0, 8)});
  EXPECT_THAT(RunAstraParity(inputs, {}),
              FailsWith("rank 0: node 1: comm_dst: found 0; accepted: another rank below 2"));
  inputs.network.dimensions.push_back(inputs.network.dimensions[0]);
  inputs.traces.assign(4, {});
  EXPECT_THAT(RunAstraParity(inputs, {}), FailsContaining("congestion-aware: found 2 dimensions"));
}

}  // namespace
}  // namespace tessera
