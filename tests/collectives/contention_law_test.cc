// What the wiring does to an algorithm: laws on the real fabric.
#include "tests/collectives/machine.h"

namespace tessera {
namespace {

constexpr Duration kMicrosecond(1'000'000);

AlgorithmInput AllReduce(int ranks, Bytes bytes) { return {.ranks = ranks, .bytes = bytes}; }

TEST(ContentionLawTest, HalvingDoublingLosesToTheRingOnATorusAndTiesOnASwitch) {
  const auto torus = MakeMachine({.scale_up = ScaleUpTopology::kTorus2d,
                                  .chips_per_node = 64,
                                  .shape = {8, 8},
                                  .link_gbytes_per_second = 50,
                                  .alpha = kMicrosecond});
  const auto network =
      MakeMachine({.chips_per_node = 64, .link_gbytes_per_second = 50, .alpha = kMicrosecond});
  const AlgorithmInput large = AllReduce(64, Bytes::GiB(1));
  // Partners are up to four hops away, so that messages share links: in the first dimension
  // S (1 + 1 / 2 + 1 / 8) / B each way, an eighth of it in the second; the ring sends 63 / 64 S /
  // B.
  const double ring = ToSeconds(TimeOn(*torus, "ring", large));
  EXPECT_GT(ToSeconds(TimeOn(*torus, "halving_doubling", large)), 1.5 * ring);
  const double on_switch = ToSeconds(TimeOn(*network, "halving_doubling", large));
  EXPECT_NEAR(on_switch, ToSeconds(TimeOn(*network, "ring", large)), 0.01 * on_switch);
}

TEST(ContentionLawTest, HalvingDoublingLosesToTheRingOnARing) {
  const auto ring = MakeMachine({.scale_up = ScaleUpTopology::kRing,
                                 .chips_per_node = 16,
                                 .shape = {16},
                                 .link_gbytes_per_second = 50,
                                 .alpha = kMicrosecond});
  const AlgorithmInput large = AllReduce(16, Bytes::GiB(1));
  // At distances of 8, 4 and 2 as many messages share a link: about log2(n) times half the time.
  EXPECT_GT(ToSeconds(TimeOn(*ring, "halving_doubling", large)),
            1.5 * ToSeconds(TimeOn(*ring, "ring", large)));
}

TEST(ContentionLawTest, SwingCrossesFewerLinksThanHalvingDoublingOnARing) {
  const auto ring = MakeMachine({.scale_up = ScaleUpTopology::kRing,
                                 .chips_per_node = 16,
                                 .shape = {16},
                                 .link_gbytes_per_second = 50});
  const AlgorithmInput large = AllReduce(16, Bytes::GiB(1));
  EXPECT_LT(TimeOn(*ring, "swing", large), TimeOn(*ring, "halving_doubling", large));
}

TEST(ContentionLawTest, BothDirectionsOfARingHalveTheTime) {
  const auto ring = MakeMachine({.scale_up = ScaleUpTopology::kRing,
                                 .chips_per_node = 8,
                                 .shape = {8},
                                 .link_gbytes_per_second = 50});
  const AlgorithmInput large = AllReduce(8, Bytes(800'000'000));
  const double one_way = ToSeconds(TimeOn(*ring, "ring", large));
  EXPECT_NEAR(ToSeconds(TimeOn(*ring, "bidirectional_ring", large)), one_way / 2, 1e-9);
}

TEST(ContentionLawTest, PiecesOfATwoLevelAllReduceOverlapTheirPhases) {
  const auto machine = MakeMachine({.chips_per_node = 4,
                                    .link_gbytes_per_second = 200,
                                    .nodes = 4,
                                    .nic_gbytes_per_second = 50});
  AlgorithmInput input = {
      .ranks = 16, .bytes = Bytes(1'600'000'000), .ranks_per_node = 4, .rails = 4};
  const double in_turn = ToSeconds(TimeOn(*machine, "two_level", input));
  input.segments = 16;
  const double overlapped = ToSeconds(TimeOn(*machine, "two_level", input));
  // Inside: 2 * 3 / 4 S / 200 GB/s = 12 ms; across: 2 * 3 / 4 * S / 4 / 50 GB/s = 12 ms.
  EXPECT_NEAR(in_turn, 0.024, 1e-6);
  EXPECT_LT(overlapped, 0.65 * in_turn);
  EXPECT_GT(overlapped, 0.012);
}

TEST(ContentionLawTest, RingsOverAllRailsUseAllNics) {
  const auto machine = MakeMachine({.chips_per_node = 4,
                                    .link_gbytes_per_second = 1000,
                                    .nodes = 4,
                                    .nic_gbytes_per_second = 50});
  AlgorithmInput input = {.ranks = 16, .bytes = Bytes(1'600'000'000), .ranks_per_node = 4};
  const double one_rail = ToSeconds(TimeOn(*machine, "ring", input));
  input.rails = 4;
  EXPECT_NEAR(ToSeconds(TimeOn(*machine, "ring", input)), one_rail / 4, one_rail * 1e-6);
}

TEST(ContentionLawTest, ForwardingByRailsKeepsTrafficOffTheSpine) {
  // Eight nodes on leaves of two: without forwarding most blocks change rails over the spine.
  const auto machine = MakeMachine({.chips_per_node = 4,
                                    .link_gbytes_per_second = 1000,
                                    .nodes = 4,
                                    .nic_gbytes_per_second = 50});
  const AlgorithmInput input = {.op = CollectiveOp::kAllToAll,
                                .ranks = 16,
                                .bytes = Bytes(160'000'000),
                                .ranks_per_node = 4,
                                .rails = 4};
  EXPECT_LE(TimeOn(*machine, "rail_forwarded", input),
            TimeOn(*machine, "direct", input) + Duration(1'000'000'000));
}

}  // namespace
}  // namespace tessera
