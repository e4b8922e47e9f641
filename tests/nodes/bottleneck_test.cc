#include "nodes/bottleneck.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

using std::chrono::microseconds;

constexpr auto kMlp = static_cast<size_t>(OperatorClass::kMlp);
constexpr auto kNorm = static_cast<size_t>(OperatorClass::kNorm);
constexpr auto kTensor = static_cast<size_t>(Axis::kTensor);
constexpr auto kPipeline = static_cast<size_t>(Axis::kPipeline);

class BottleneckTest : public testing::Test {
 protected:
  std::string Name(const std::array<ComputeWork, kOperatorClassCount>& work = {},
                   bool interrupted = false) const {
    BottleneckInput input{.makespan = microseconds(100),
                          .breakdown = breakdown_,
                          .tiers = tiers_,
                          .collectives = collectives_,
                          .work = work,
                          .peak_flops_per_second = 1e12,
                          .memory_bytes_per_second = 1e9,
                          .interrupted = interrupted};
    for (const Tier tier : {Tier::kNoc, Tier::kScaleUp}) {
      input.tiers_of_axis[kTensor][static_cast<size_t>(tier)] = true;
    }
    return NameBottleneck(input);
  }
  TimeBreakdown breakdown_;
  std::vector<TierSummary> tiers_;
  std::vector<CollectiveSummary> collectives_;
};

TEST_F(BottleneckTest, IsTheMatrixUnitsWhereTheyAreBusiest) {
  breakdown_.compute[kMlp] = microseconds(95);
  std::array<ComputeWork, kOperatorClassCount> work{};
  work[kMlp] = {.matrix_flops = 57e6, .memory_bytes = 40'000};
  EXPECT_EQ(Name(work), "matrix units (mlp at 60 % of peak FLOP/s), 95 % of the time");
}

TEST_F(BottleneckTest, IsTheMemoryWhereItIsBusiest) {
  breakdown_.compute[kMlp] = microseconds(80);
  breakdown_.compute[kNorm] = microseconds(15);
  std::array<ComputeWork, kOperatorClassCount> work{};
  work[kMlp] = {.matrix_flops = 1e6, .memory_bytes = 64'000};
  work[kNorm] = {.memory_bytes = 12'000};
  EXPECT_EQ(Name(work), "main-memory bandwidth (mlp, norm at 80 % of its peak), 95 % of the time");
}

// Of a run that was stopped, a share of the work is done: that of its time.
TEST_F(BottleneckTest, CountsTheWorkThatIsDone) {
  breakdown_.compute[kMlp] = microseconds(50);
  std::array<ComputeWork, kOperatorClassCount> work{};
  work[kMlp] = {.matrix_flops = 400e6, .planned = microseconds(500)};
  EXPECT_EQ(Name(work, /*interrupted=*/true),
            "matrix units (mlp at 80 % of peak FLOP/s), 50 % of the time");
}

TEST_F(BottleneckTest, IsFixedCostsWhereNeitherIsBusy) {
  breakdown_.compute[kNorm] = microseconds(70);
  std::array<ComputeWork, kOperatorClassCount> work{};
  work[kNorm] = {.memory_bytes = 7'000};
  EXPECT_EQ(Name(work),
            "launch and other fixed costs of small operators (norm reach 0 % of peak FLOP/s and 10 "
            "% of memory bandwidth), 70 % of the time");
}

TEST_F(BottleneckTest, IsTheHostWhereTimeHoldsNoWork) {
  breakdown_.compute[static_cast<size_t>(OperatorClass::kHostOverhead)] = microseconds(60);
  EXPECT_EQ(Name(), "host software between kernels, 60 % of the time");
}

TEST_F(BottleneckTest, IsTheLinkToTheHostWhereOffloadedTensorsAreWaitedFor) {
  breakdown_.compute[static_cast<size_t>(OperatorClass::kHostTransfer)] = microseconds(60);
  breakdown_.compute[static_cast<size_t>(OperatorClass::kHostOverhead)] = microseconds(30);
  EXPECT_EQ(Name(),
            "link to the host (offloaded tensors that nothing hides), 60 % of the time; next: host "
            "software between kernels, 30 %");
}

TEST_F(BottleneckTest, NamesTierOperationAndLinkOfExposedCommunication) {
  breakdown_.exposed_communication[kTensor] = microseconds(60);
  breakdown_.waiting[kPipeline] = microseconds(25);
  tiers_.push_back({.tier = Tier::kScaleUp,
                    .peak_utilisation = 0.51,
                    .hottest = {{.name = "node0/chip0 -> node0/switch"}}});
  collectives_.push_back({.op = CollectiveOp::kAllReduce, .axis = Axis::kTensor});
  EXPECT_EQ(
      Name(),
      "scale_up links (all_reduce along tensor that nothing hides; busiest node0/chip0 -> "
      "node0/switch, 51 % used over the run), 60 % of the time; next: pipeline bubble (stages "
      "wait for one another), 25 %");
}

// Of the tiers on the way of a collective the one with the busiest link.
TEST_F(BottleneckTest, NamesTheBusiestTier) {
  breakdown_.exposed_communication[kTensor] = microseconds(60);
  tiers_.push_back({.tier = Tier::kNoc,
                    .peak_utilisation = 0.8,
                    .hottest = {{.name = "chip0/tile0 -> chip0/tile1"}}});
  tiers_.push_back({.tier = Tier::kScaleUp, .peak_utilisation = 0.5, .hottest = {{.name = "up"}}});
  tiers_.push_back({.tier = Tier::kScaleOut, .peak_utilisation = 0.9, .hottest = {{.name = "o"}}});
  EXPECT_EQ(Name(),
            "noc links (communication along tensor that nothing hides; busiest chip0/tile0 -> "
            "chip0/tile1, 80 % used over the run), 60 % of the time");
}

TEST_F(BottleneckTest, NamesExpertImbalance) {
  breakdown_.waiting[static_cast<size_t>(Axis::kExpert)] = microseconds(55);
  EXPECT_EQ(Name(),
            "expert imbalance (ranks wait for the one with the most tokens), 55 % of the time");
}

TEST(WorkOf, AveragesOverRanks) {
  Instruction work;
  work.category = OperatorClass::kMlp;
  work.matrix_flops = 12;
  work.duration = microseconds(2);
  ProgramSet set;
  set.programs = {{{work}}, {{work, work, work}}};
  set.program_of_rank = {0, 0, 0, 1};
  EXPECT_DOUBLE_EQ(WorkOf(set)[kMlp].matrix_flops, 18);
  EXPECT_EQ(WorkOf(set)[kMlp].planned, microseconds(3));
}

}  // namespace
}  // namespace tessera
