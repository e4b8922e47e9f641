#include "collectives/library.h"

#include "configs/catalog.h"
#include "tests/status_matchers.h"
#include "topology/build.h"

namespace tessera {
namespace {

constexpr Duration kMicrosecond(1'000'000);

// Eight H100-like chips on a switch of 370 GB/s, and a library of NCCL's own tuner constants for
// rings and trees (NVIDIA/nccl src/graph/tuning.cc).
class TunerTest : public testing::Test {
 protected:
  std::unique_ptr<CommunicationLibrary> Make(int nodes) {
    system_.name = "test";
    system_.chip.name = "chip";
    system_.chips_per_node = 8;
    system_.scale_up = ScaleUpTopology::kSwitch;
    system_.scale_up_link.emplace().latency = Duration(500'000);
    system_.scale_up_bandwidth = Bandwidth::GigabytesPerSecond(370);
    ScaleOutSpec& out = system_.scale_out.emplace();
    out.link.latency = kMicrosecond;
    out.nic_bandwidth = Bandwidth::GigabytesPerSecond(50);
    out.nics_per_node = 8;
    LibraryAlgorithm ring;
    ring.algorithm = "ring";
    ring.protocol = "Simple";
    ring.base = Duration(8'400'000);
    ring.scale_up_hop = Duration(3'400'000);
    ring.scale_out_hop = 14 * kMicrosecond;
    LibraryAlgorithm tree = ring;
    tree.algorithm = "double_binary_tree";
    tree.scale_up_hop = 4 * kMicrosecond;
    LibrarySpec spec;
    spec.name = "tuner";
    spec.harness_torch = 20 * kMicrosecond;
    spec.systems.emplace_back().algorithms = {ring, tree};
    system_.chip.libraries = {spec};
    auto topology = BuildTopology(system_, nodes, 8 * nodes);
    EXPECT_THAT(topology, IsOk());
    topology_ = *std::move(topology);
    auto library = MakeCommunicationLibrary(system_, *topology_, "");
    EXPECT_THAT(library, IsOk());
    return *std::move(library);
  }
  CollectiveRequest Request(int ranks, Bytes bytes, const std::string& algorithm) {
    CollectiveRequest request = {.bytes = bytes, .algorithm = algorithm};
    for (int r = 0; r < ranks; ++r) request.ranks.push_back(r);
    return request;
  }

  SystemSpec system_;
  std::unique_ptr<Topology> topology_;
};

// coll-nccl-tuner-ring.
TEST_F(TunerTest, RingTakesTheTimeOfNcclsTuner) {
  const auto library = Make(1);
  const auto plan = library->Plan(Request(8, Bytes(67108864), "ring"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_NEAR(ToSeconds(plan->predicted), 373.406789189e-6, 1e-11);
  const auto empty = library->Plan(Request(8, Bytes(0), "ring"));
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->predicted, 56 * kMicrosecond);
}

// coll-nccl-tuner-tree-latency.
TEST_F(TunerTest, TreeHasTheLatencyOfNcclsTuner) {
  const auto plan = Make(2)->Plan(Request(16, Bytes(0), "tree"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->algorithm, "double_binary_tree");
  EXPECT_EQ(plan->predicted, Duration(92'400'000));
}

TEST_F(TunerTest, TheFasterAlgorithmIsChosenAndTheOthersExplained) {
  const auto library = Make(2);
  const auto small = library->Plan(Request(16, Bytes(1024), "auto"));
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(small->algorithm, "double_binary_tree");
  EXPECT_EQ(small->protocol, "Simple");
  EXPECT_EQ(small->explanation, "double_binary_tree Simple 92.48 us; ring Simple 152.80 us");
  const auto large = library->Plan(Request(16, Bytes::GiB(1), "auto"));
  ASSERT_THAT(large, IsOk());
  EXPECT_EQ(large->algorithm, "ring");
}

TEST_F(TunerTest, EqualRequestsShareOneSchedule) {
  const auto library = Make(2);
  const auto first = library->Plan(Request(8, Bytes::MiB(1), "ring"));
  CollectiveRequest other = Request(8, Bytes::MiB(1), "ring");
  for (ChipId& chip : other.ranks) chip += 8;
  const auto second = library->Plan(other);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->schedule, second->schedule);
  EXPECT_EQ(second->endpoints, other.ranks);
}

TEST_F(TunerTest, TheHarnessIsAddedAndNothingElseForOneRank) {
  CollectiveRequest request = Request(1, Bytes::MiB(1), "auto");
  request.harness = Harness::kTorch;
  const auto plan = Make(1)->Plan(request);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->predicted, 20 * kMicrosecond);
  EXPECT_TRUE(plan->schedule->transfers.empty());
}

TEST_F(TunerTest, AnAlgorithmThatTheLibraryLacksRunsWithItsConstants) {
  const auto plan = Make(1)->Plan(Request(8, Bytes(0), "halving_doubling"));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->algorithm, "halving_doubling");
  EXPECT_EQ(plan->predicted, Duration(8'400'000 + 6 * 3'400'000));
}

TEST_F(TunerTest, ErrorsNameWhatIsWrong) {
  const auto library = Make(1);
  EXPECT_THAT(library->Plan(Request(9, Bytes(1), "auto")),
              FailsWith("rank on chip 8; the topology has the chips 0 to 7"));
  EXPECT_THAT(library->Plan(Request(0, Bytes(1), "auto")),
              FailsWith("a group of no ranks; give 1 or more"));
  EXPECT_THAT(library->Plan(Request(8, Bytes(1), "nvls")),
              FailsWith("algorithm \"nvls\": no switch of the system can reduce"));
  EXPECT_THAT(
      library->Plan(Request(8, Bytes(1), "rings")),
      FailsContaining(
          "unknown algorithm \"rings\"; did you mean \"ring\"? accepted: bidirectional_ring, "));
  EXPECT_THAT(MakeCommunicationLibrary(system_, *topology_, "nccl"),
              FailsWith("communication library \"nccl\" has no constants for chip \"chip\" on link "
                        "\"\"; libraries that know the chip: tuner"));
}

// Of whole groups on the shipped systems.
TEST(ShippedLibrariesTest, TimeNeverFallsWhenTheMessageGrows) {
  for (const char* name : {"dgx_a100", "dgx_h100", "hgx_b200", "mi300x_platform",
                           "tt_t3000_loudbox", "trn2_48xlarge"}) {
    const auto system = Catalog("configs").LoadSystem(name);
    ASSERT_THAT(system, IsOk());
    const auto topology = BuildTopology(*system, 1, system->chips_per_node);
    ASSERT_THAT(topology, IsOk());
    const auto library = MakeCommunicationLibrary(*system, **topology, "");
    ASSERT_THAT(library, IsOk());
    for (const CollectiveOp op : {CollectiveOp::kAllReduce, CollectiveOp::kAllGather,
                                  CollectiveOp::kReduceScatter, CollectiveOp::kAllToAll}) {
      CollectiveRequest request = {.op = op};
      for (ChipId r = 0; r < system->chips_per_node; ++r) request.ranks.push_back(r);
      Duration before{};
      for (int64_t bytes = 1024; bytes <= (int64_t{16} << 30); bytes *= 2) {
        request.bytes = Bytes(bytes);
        const auto plan = (*library)->Plan(request);
        ASSERT_THAT(plan, IsOk());
        EXPECT_GE(plan->predicted, before)
            << name << " " << CollectiveOpName(op) << " of " << bytes << ": " << plan->explanation;
        before = plan->predicted;
      }
    }
  }
}

TEST(NcclTest, LargeAllReduceOnEightH100RunsInTheSwitch) {
  const auto system = Catalog("configs").LoadSystem("dgx_h100");
  ASSERT_THAT(system, IsOk());
  const auto topology = BuildTopology(*system, 2, 16);
  ASSERT_THAT(topology, IsOk());
  const auto library = MakeCommunicationLibrary(*system, **topology, "");
  ASSERT_THAT(library, IsOk());
  CollectiveRequest request = {.bytes = Bytes::GiB(1)};
  for (int r = 0; r < 8; ++r) request.ranks.push_back(r);
  const auto one = (*library)->Plan(request);
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(one->algorithm, "nvls");
  EXPECT_EQ(one->endpoints.back(), (*topology)->reducing_switch(0));
  for (int r = 8; r < 16; ++r) request.ranks.push_back(r);
  const auto two = (*library)->Plan(request);
  ASSERT_THAT(two, IsOk());
  EXPECT_GT(two->predicted, one->predicted);
  EXPECT_EQ(two->endpoints.size(), two->schedule->switches + 16U);
}

}  // namespace
}  // namespace tessera
