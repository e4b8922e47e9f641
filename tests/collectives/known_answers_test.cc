// Closed forms and published figures, on the real fabric where they are times. Test names carry the
// case's name; sources: Thakur et al. 2005, Patarasuk and Yuan 2009, Bruck et al. 1997, Jouppi et
// al. and "How To Scale Your Model" (ring worked examples), NVIDIA/nccl src/graph, arXiv
// 2401.09356.
#include <cmath>
#include <map>
#include <set>

#include "collectives/swing.h"
#include "tests/collectives/machine.h"

namespace tessera {
namespace {

constexpr Duration kMicrosecond(1'000'000);

// Within 10^-9, but for 2 ps a transfer of the longest chain: ends are rounded up to whole
// picoseconds, and no transfer arrives sooner than 1 ps after its last byte has left.
void ExpectSeconds(Duration time, double seconds, int chain = 0) {
  EXPECT_NEAR(ToSeconds(time), seconds, seconds * 1e-9 + 2e-12 * chain);
}

int64_t BytesFrom(const Schedule& schedule, int rank) {
  int64_t sum = 0;
  for (const Transfer& t : schedule.transfers) sum += t.source == rank ? t.bytes.count() : 0;
  return sum;
}

Schedule Build(const std::string& algorithm, const AlgorithmInput& input) {
  auto schedule = BuildSchedule(algorithm, input);
  EXPECT_THAT(schedule, IsOk());
  return *std::move(schedule);
}

// Rounds of a schedule made in steps: transfers by the length of their longest chain.
std::vector<std::vector<Transfer>> Rounds(const Schedule& schedule) {
  std::vector<std::vector<Transfer>> rounds;
  std::vector<size_t> round_of;
  for (const Transfer& t : schedule.transfers) {
    size_t round = 0;
    for (const int p : schedule.PredecessorsOf(t)) {
      round = std::max(round, round_of[static_cast<size_t>(p)] + 1);
    }
    round_of.push_back(round);
    if (rounds.size() <= round) rounds.resize(round + 1);
    rounds[round].push_back(t);
  }
  return rounds;
}

TEST(CollRingAllreduce, TimeStepsBytesAndBandwidths) {
  const auto machine = MakeMachine({.link_gbytes_per_second = 50, .alpha = kMicrosecond});
  const AlgorithmInput input = {.ranks = 8, .bytes = Bytes(1'000'000'000)};
  const Duration time = TimeOn(*machine, "ring", input);
  ExpectSeconds(time, 0.035014);
  const Schedule schedule = Build("ring", input);
  EXPECT_EQ(Rounds(schedule).size(), 14U);
  EXPECT_EQ(BytesFrom(schedule, 0), 1'750'000'000);
  const double algbw = 1e9 / ToSeconds(time);
  EXPECT_NEAR(algbw / 1e9, 28.5600045696, 28.5600045696e-9);
  EXPECT_NEAR(algbw * BusBandwidthFactor(CollectiveOp::kAllReduce, 8) / 1e9, 49.9800079968, 5e-8);
}

TEST(CollRingAllreduceLatencyBound, TimeGrowsWithTheRanks) {
  const auto machine =
      MakeMachine({.chips_per_node = 64, .link_gbytes_per_second = 50, .alpha = 2 * kMicrosecond});
  ExpectSeconds(TimeOn(*machine, "ring", {.ranks = 64, .bytes = Bytes(1024)}), 0.00025204032);
}

TEST(CollRingAllgatherBidirWholeChunks, BusyDirectionHasFourHops) {
  const auto machine =
      MakeMachine({.scale_up = ScaleUpTopology::kRing, .shape = {8}, .link_gbytes_per_second = 45});
  const AlgorithmInput input = {
      .op = CollectiveOp::kAllGather, .ranks = 8, .bytes = Bytes(33554432)};
  ExpectSeconds(TimeOn(*machine, "half_ring", input), 0.000372827022222, 4);
  std::map<bool, int> transfers;  // Of rank 0, up and down.
  for (const Transfer& t : Build("half_ring", input).transfers) {
    if (t.source == 0) ++transfers[t.target == 1];
  }
  EXPECT_EQ(transfers[true], 4);
  EXPECT_EQ(transfers[false], 3);
}

TEST(CollRingAllgatherBidirSplitChunks, BothDirectionsAreEquallyBusy) {
  const auto machine =
      MakeMachine({.scale_up = ScaleUpTopology::kRing, .shape = {8}, .link_gbytes_per_second = 45});
  ExpectSeconds(TimeOn(*machine, "bidirectional_ring",
                       {.op = CollectiveOp::kAllGather, .ranks = 8, .bytes = Bytes(33554432)}),
                0.000326223644444, 7);
}

TEST(CollRingAlltoallBidir, AntipodalBlocksLoadBothDirectionsAlike) {
  const auto machine =
      MakeMachine({.scale_up = ScaleUpTopology::kRing, .shape = {8}, .link_gbytes_per_second = 45});
  // V = 32 MiB in all, V / n of it on each rank.
  const AlgorithmInput input = {
      .op = CollectiveOp::kAllToAll, .ranks = 8, .bytes = Bytes(33554432 / 8)};
  ExpectSeconds(TimeOn(*machine, "direct", input), 9.32067555556e-05, 1);
  std::map<LinkId, int64_t> load;
  for (const Transfer& t : Build("direct", input).transfers) {
    for (const LinkId link : machine->Route(t.source, t.target)) load[link] += t.bytes.count();
  }
  EXPECT_EQ(load.size(), 16U);
  for (const auto& [link, bytes] : load) EXPECT_EQ(bytes, 4194304);
}

TEST(CollRecursiveDoublingAllreduce, TimeAndBytes) {
  const auto machine = MakeMachine({.chips_per_node = 16, .alpha = 3 * kMicrosecond});
  const AlgorithmInput input = {.ranks = 16, .bytes = Bytes(67108864)};
  ExpectSeconds(TimeOn(*machine, "recursive_doubling", input), 0.00269635456);
  EXPECT_EQ(BytesFrom(Build("recursive_doubling", input), 3), 268435456);
}

TEST(CollRabenseifnerAllreduce, TimeStepsAndBytes) {
  const auto machine = MakeMachine({.chips_per_node = 16, .alpha = 3 * kMicrosecond});
  const AlgorithmInput input = {.ranks = 16, .bytes = Bytes(67108864)};
  ExpectSeconds(TimeOn(*machine, "halving_doubling", input), 0.0012822912);
  const Schedule schedule = Build("halving_doubling", input);
  EXPECT_EQ(Rounds(schedule).size(), 8U);
  EXPECT_EQ(BytesFrom(schedule, 5), 125829120);
}

TEST(CollRabenseifnerNonpow2Fold, TheFoldCostsTwoWholeVectors) {
  const auto machine = MakeMachine({.chips_per_node = 12, .alpha = 3 * kMicrosecond});
  const AlgorithmInput input = {.ranks = 12, .bytes = Bytes(67108864)};
  EXPECT_EQ(Rounds(Build("halving_doubling", input)).size(), 8U);
  ExpectSeconds(TimeOn(*machine, "halving_doubling", input), 0.0025405824, 8);
  // The refined fold costs one more latency and no more bytes on full-duplex links.
  ExpectSeconds(TimeOn(*machine, "halving_doubling_split_fold", input), 0.0025435824, 9);
}

TEST(CollBinomialBcast, TimeAndSteps) {
  const auto machine =
      MakeMachine({.chips_per_node = 12, .link_gbytes_per_second = 25, .alpha = 5 * kMicrosecond});
  const AlgorithmInput input = {
      .op = CollectiveOp::kBroadcast, .ranks = 12, .bytes = Bytes(1048576)};
  ExpectSeconds(TimeOn(*machine, "binomial", input), 0.00018777216);
  EXPECT_EQ(Rounds(Build("binomial", input)).size(), 4U);
}

TEST(CollPipelinedRingBcast, TimeAndBestSegments) {
  const auto machine = MakeMachine({.link_gbytes_per_second = 25, .alpha = 5 * kMicrosecond});
  AlgorithmInput input = {
      .op = CollectiveOp::kBroadcast, .ranks = 8, .bytes = Bytes(268435456), .segments = 16};
  ExpectSeconds(TimeOn(*machine, "chain", input), 0.01487395008);
  const double best = std::sqrt((8 - 2) * 268435456.0 / (5e-6 * 25e9));
  EXPECT_NEAR(best, 113.511681725, 1e-6);
  const auto time = [&](double factor) {
    input.segments = static_cast<int>(best * factor);
    return TimeOn(*machine, "chain", input);
  };
  EXPECT_LT(time(1), time(0.7));
  EXPECT_LT(time(1), time(1.4));
}

TEST(CollAlltoallPairwiseVsBruck, TimesAndCrossover) {
  const auto machine = MakeMachine({.link_gbytes_per_second = 25, .alpha = 10 * kMicrosecond});
  const auto time = [&](const char* algorithm, int64_t per_pair) {
    return TimeOn(*machine, algorithm,
                  {.op = CollectiveOp::kAllToAll, .ranks = 8, .bytes = Bytes(8 * per_pair)});
  };
  ExpectSeconds(time("pairwise", 65536), 8.835008e-05);
  ExpectSeconds(time("bruck", 65536), 6.145728e-05);
  ExpectSeconds(time("pairwise", 200'000), ToSeconds(time("bruck", 200'000)));
}

TEST(CollBruckAlltoallBlocksN12, BlocksPerRoundAreTheIndicesWithTheBit) {
  const auto rounds =
      Rounds(Build("bruck", {.op = CollectiveOp::kAllToAll, .ranks = 12, .bytes = Bytes(144)}));
  std::vector<int64_t> blocks;
  for (const auto& round : rounds) blocks.push_back(static_cast<int64_t>(round.size()) / 12);
  EXPECT_THAT(blocks, testing::ElementsAre(6, 6, 4, 4));
}

TEST(CollBruckAllgatherN6, DistancesAndBlocksPerRound) {
  const auto rounds =
      Rounds(Build("bruck", {.op = CollectiveOp::kAllGather, .ranks = 6, .bytes = Bytes(6)}));
  std::vector<std::pair<int, int>> seen;
  for (const auto& round : rounds) {
    for (const Transfer& t : round) {
      if (t.source == 0) seen.emplace_back((t.source - t.target + 6) % 6, t.chunk_count);
    }
  }
  EXPECT_THAT(seen, testing::ElementsAre(std::pair(1, 1), std::pair(2, 2), std::pair(4, 2)));
}

TEST(CollHierarchicalAllreduce, PhasesInTurn) {
  const auto machine = MakeMachine({.chips_per_node = 8,
                                    .link_gbytes_per_second = 400,
                                    .alpha = kMicrosecond,
                                    .nodes = 4,
                                    .nic_gbytes_per_second = 50,
                                    .network_alpha = 5 * kMicrosecond});
  const AlgorithmInput input = {
      .ranks = 32, .bytes = Bytes(1'000'000'000), .ranks_per_node = 8, .rails = 8};
  ExpectSeconds(TimeOn(*machine, "two_level", input), 0.008169);
  int64_t network = 0;
  for (const Transfer& t : Build("two_level", input).transfers) {
    if (t.source == 3 && t.target / 8 != 0) network += t.bytes.count();
  }
  EXPECT_EQ(network, 187'500'000);
}

TEST(CollTorus2dAllreduce, OneColourAndFour) {
  const std::vector<GridDimension> grid = {{.extent = 4}, {.extent = 4}};
  const MachineShape shape = {.scale_up = ScaleUpTopology::kTorus2d,
                              .chips_per_node = 16,
                              .shape = {4, 4},
                              .link_gbytes_per_second = 50,
                              .alpha = kMicrosecond};
  const AlgorithmInput input = {.ranks = 16, .bytes = Bytes(67108864), .grid = grid};
  ExpectSeconds(TimeOn(*MakeMachine(shape), "torus_one_colour", input), 0.0025285824);
  MachineShape no_latency = shape;
  no_latency.alpha = Duration(0);
  ExpectSeconds(TimeOn(*MakeMachine(no_latency), "torus", input), 0.0006291456, 12);
}

TEST(CollNvlsAllreduce, PipelinedPushAndMulticastApproachOneBufferEachWay) {
  const auto machine = MakeMachine({.link_gbytes_per_second = 450, .reduces = true});
  for (const int k : {1, 4, 64}) {
    const Duration time =
        TimeOn(*machine, "in_network", {.ranks = 8, .bytes = Bytes(1'000'000'000), .segments = k});
    // Pushing and pulling overlap but for one segment; the limit is S / B = 2.2222 ms.
    const double limit = ToSeconds(time) * k / (k + 1);
    EXPECT_NEAR(limit, 0.00222222222222, 1e-9);
    EXPECT_NEAR(1e9 / limit * BusBandwidthFactor(CollectiveOp::kAllReduce, 8) / 1e9, 787.5, 1e-3);
  }
}

TEST(CollSwingPeers, AlternateLeftAndRight) {
  std::vector<int> of_rank0;
  std::vector<int> of_rank1;
  for (int s = 0; s < 4; ++s) {
    of_rank0.push_back(SwingPeer(0, s, 16));
    of_rank1.push_back(SwingPeer(1, s, 16));
  }
  EXPECT_THAT(of_rank0, testing::ElementsAre(1, 15, 3, 11));
  EXPECT_THAT(of_rank1, testing::ElementsAre(0, 2, 14, 6));
}

TEST(CollOneShotTwoShot, TimesAndCrossover) {
  const auto machine = MakeMachine({.link_gbytes_per_second = 450, .alpha = 2 * kMicrosecond});
  const auto time = [&](const char* algorithm, int64_t bytes) {
    return TimeOn(*machine, algorithm, {.ranks = 8, .bytes = Bytes(bytes)});
  };
  ExpectSeconds(time("one_shot", 262144), 6.07779555556e-06, 1);
  ExpectSeconds(time("direct", 262144), 5.01944888889e-06, 2);
  EXPECT_LT(time("one_shot", 171'000), time("direct", 171'000));
  EXPECT_GT(time("one_shot", 172'000), time("direct", 172'000));
}

TEST(CollPxnMessageCount, OneMessagePerRemoteRankOfTheRail) {
  const AlgorithmInput input = {.op = CollectiveOp::kAllToAll,
                                .ranks = 128,
                                .bytes = Bytes(128 * 1024),
                                .ranks_per_node = 8,
                                .rails = 8};
  const auto partners = [&](const char* algorithm) {
    std::map<int, int64_t> bytes;  // Of rank 5 over the network, by partner.
    for (const Transfer& t : Build(algorithm, input).transfers) {
      if (t.source == 5 && t.target >= 8) bytes[t.target] += t.bytes.count();
    }
    return bytes;
  };
  const auto with = partners("rail_forwarded");
  const auto without = partners("direct");
  EXPECT_EQ(without.size(), 120U);
  EXPECT_EQ(with.size(), 15U);
  int64_t total = 0;
  for (const auto& [target, bytes] : with) {
    EXPECT_EQ(bytes, 8192);
    EXPECT_EQ(target % 8, 5);
    total += bytes;
  }
  EXPECT_EQ(total, 122880);
}

// A receiver that everybody sends to bounds the exchange, however little the others have.
TEST(MoeAlltoallvIncast, TheBusiestReceiverSetsTheTime) {
  const auto machine = MakeMachine({.chips_per_node = 4, .link_gbytes_per_second = 50});
  AlgorithmInput input = {.op = CollectiveOp::kAllToAllV, .ranks = 4};
  for (const int megabytes : {0, 40, 30, 30, 10, 0, 60, 30, 10, 70, 0, 20, 10, 50, 40, 0}) {
    input.matrix.emplace_back(megabytes * 1'000'000);
  }
  std::vector<int64_t> received(4);
  for (const Transfer& t : Build("direct", input).transfers) {
    received[static_cast<size_t>(t.target)] += t.bytes.count();
  }
  EXPECT_EQ(received, (std::vector<int64_t>{30'000'000, 160'000'000, 130'000'000, 80'000'000}));
  ExpectSeconds(TimeOn(*machine, "direct", input), 0.0032);
  for (size_t i = 0; i < 16; ++i) input.matrix[i] = Bytes(i % 5 == 0 ? 0 : 100'000'000 / 3);
  ExpectSeconds(TimeOn(*machine, "direct", input), 3 * (100'000'000 / 3) / 50e9);
}

}  // namespace
}  // namespace tessera
