// Classes that are written down from the symmetry of a machine, against refinement of the whole and
// against its unfolded run.
#include "fabric/symmetric_fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "fabric/colour_refinement.h"
#include "fabric/profile.h"
#include "tests/status_matchers.h"
#include "tests/topology/systems.h"
#include "topology/build.h"

namespace tessera {
namespace {

using Peer = SymmetricStep::Peer;

constexpr TransferCosts kCosts = {.start = Duration(3'000'000),
                                  .per_transfer_scale_up = Duration(700'000),
                                  .per_transfer_scale_out = Duration(2'000'000)};

SymmetricStep Step(Peer peer, int distance, int64_t bytes, std::vector<int32_t> after = {}) {
  SymmetricStep step;
  step.peer = peer;
  step.distance = distance;
  step.bytes = Bytes(bytes);
  step.after = std::move(after);
  return step;
}

// Each step after the one before.
SymmetricSchedule Chain(int nodes, std::vector<SymmetricStep> steps) {
  for (size_t s = 1; s < steps.size(); ++s) steps[s].after = {static_cast<int32_t>(s) - 1};
  return {.nodes = nodes, .chips_per_node = 8, .steps = std::move(steps)};
}

// Ring in the node, halving and doubling between nodes, ring in the node.
SymmetricSchedule Hierarchical(int nodes) {
  std::vector<SymmetricStep> steps;
  for (int s = 0; s < 7; ++s) steps.push_back(Step(Peer::kPlaceShift, 1, 1 << 20));
  for (int d = nodes / 2; d >= 1; d /= 2) {
    steps.push_back(Step(Peer::kNodeXor, d, (int64_t{1} << 20) * d / nodes));
  }
  for (int d = 1; d < nodes; d *= 2) {
    steps.push_back(Step(Peer::kNodeXor, d, (int64_t{1} << 20) * d / nodes));
  }
  for (int s = 0; s < 7; ++s) steps.push_back(Step(Peer::kPlaceShift, 1, 1 << 20));
  return Chain(nodes, std::move(steps));
}

SymmetricSchedule RingOfNodes(int nodes, int stride, int steps) {
  return Chain(nodes, std::vector<SymmetricStep>(static_cast<size_t>(steps),
                                                 Step(Peer::kNodeShift, stride, 1 << 20)));
}

// Stages of one node, four to a pipeline: forwards, backwards, then a ring of equal stages.
SymmetricSchedule Pipeline(int nodes) {
  SymmetricStep forward = Step(Peer::kNodeShift, 1, 4 << 20);
  forward.period = 4;
  forward.first = 0;
  forward.last = 3;
  SymmetricStep backward = forward;
  backward.distance = -1;
  backward.first = 1;
  backward.last = 4;
  std::vector<SymmetricStep> steps = {forward, forward, backward, backward};
  for (int s = 0; s < 6; ++s) steps.push_back(Step(Peer::kNodeShift, 4, 1 << 20));
  return Chain(nodes, std::move(steps));
}

struct Machine {
  SystemSpec system = SwitchedSystem();
  MachineRouting routing = {};
};

// The class that the fold gives to every transfer of the whole.
std::vector<int32_t> DeclaredClasses(const SymmetricFold& fold, const SymmetricSchedule& schedule,
                                     int chips_per_block) {
  std::vector<int32_t> declared;
  for (size_t s = 0; s < schedule.steps.size(); ++s) {
    for (int chip = 0; chip < schedule.chips(); ++chip) {
      if (TargetOf(schedule, schedule.steps[s], chip) < 0) continue;
      const int32_t of_chip = fold.chip_class[static_cast<size_t>(chip % chips_per_block)];
      declared.push_back(
          fold.sent[s * static_cast<size_t>(fold.chip_classes) + static_cast<size_t>(of_chip)]);
    }
  }
  return declared;
}

void ExpectSameClasses(const Quotient& folded, const Quotient& expected) {
  ASSERT_EQ(folded.transfers.size(), expected.transfers.size());
  for (size_t k = 0; k < expected.transfers.size(); ++k) {
    SCOPED_TRACE(testing::Message() << "class " << k);
    const auto loads = [](const Quotient& quotient, size_t number) {
      std::vector<std::tuple<RateUnits, int, int>> of_links;
      for (const Quotient::Crossing& c : quotient.transfers[number].crossings) {
        const Quotient::LinkClass& link = quotient.links[static_cast<size_t>(c.link)];
        of_links.emplace_back(link.capacity, link.shares, c.coefficient);
      }
      std::sort(of_links.begin(), of_links.end());
      return of_links;
    };
    ASSERT_EQ(folded.transfers[k].count, expected.transfers[k].count);
    ASSERT_EQ(folded.transfers[k].predecessors, expected.transfers[k].predecessors);
    ASSERT_EQ(loads(folded, k), loads(expected, k));
  }
}

// Times and link use are those of the unfolded run.
void ExpectSameCourse(const SymmetricFold& fold, const Placement& placement, int chips_per_block) {
  const QuotientRun run = RunQuotient(fold.quotient, kCosts);
  const Profile profile = MakeProfile(placement, kCosts);
  EXPECT_EQ(run.end, profile.groups.back().at);
  for (const Profile::Group& group : profile.groups) {
    for (int32_t i = group.first; i < group.first + group.count; ++i) {
      const int32_t rank = profile.ranks[static_cast<size_t>(i)];
      if (rank == ScheduleRunner::RankEnd::kRunEnd) continue;
      const auto local = static_cast<size_t>(rank % chips_per_block);
      ASSERT_EQ(fold.EndOf(fold.chip_class[local], run), group.at) << "chip " << rank;
    }
  }
  Bytes folded_bytes;
  for (size_t c = 0; c < run.use.size(); ++c) {
    folded_bytes += run.use[c].bytes * fold.quotient.links[c].count;
  }
  Bytes unfolded_bytes;
  for (const LinkUse& use : profile.use) unfolded_bytes += use.bytes;
  EXPECT_EQ(folded_bytes, unfolded_bytes);
}

// The fold of a schedule, checked against the whole.
void ExpectFoldIsTheWhole(const Machine& of, const SymmetricSchedule& schedule) {
  const auto machine = RegularMachine::Make(of.system, schedule.nodes, of.routing);
  ASSERT_THAT(machine, IsOk());
  const auto fold = FoldSymmetric(*machine, schedule);
  ASSERT_THAT(fold, IsOk());
  const auto whole = BuildTopology(of.system, schedule.nodes, schedule.chips(), of.routing);
  ASSERT_THAT(whole, IsOk());
  const Schedule unfolded = Unfold(schedule);
  const PreparedSchedule prepared(unfolded);
  std::vector<VertexId> chips(static_cast<size_t>(schedule.chips()));
  std::iota(chips.begin(), chips.end(), 0);
  const Placement placement(prepared, **whole, chips);

  const int chips_per_block = machine->chips_per_block();
  const std::vector<int32_t> declared = DeclaredClasses(*fold, schedule, chips_per_block);
  // Refinement does not split what the generator wrote down, and counts the same.
  const Colouring refined = RefineColours(placement, declared);
  ASSERT_EQ(refined.of_transfer, declared);
  ExpectSameClasses(fold->quotient, QuotientOf(placement, refined));
  ExpectSameCourse(*fold, placement, chips_per_block);
}

// The machines of the family: rails, shared NICs, oversubscription, one leaf for a node's NICs,
// each with routes by destination and sprayed.
std::vector<Machine> Machines() {
  std::vector<Machine> machines(8);
  for (size_t m = 0; m < machines.size(); ++m) {
    if (m >= 4) machines[m].routing.spread.kind = SpreadRule::Kind::kSpray;
    ScaleOutSpec& network = *machines[m].system.scale_out;
    if (m % 4 == 1) network.nics_per_node = 2;
    if (m % 4 == 2) network.oversubscription = 2;
    if (m % 4 == 3) network.rail_optimised = false;
  }
  return machines;
}

TEST(SymmetricFoldTest, IsTheWholeOnMachinesOfEveryShape) {
  const std::vector<Machine> machines = Machines();
  for (size_t m = 0; m < machines.size(); ++m) {
    SCOPED_TRACE(testing::Message() << "machine " << m);
    for (const int nodes : {2, 4, 8, 32}) {
      SCOPED_TRACE(testing::Message() << nodes << " nodes");
      ExpectFoldIsTheWhole(machines[m], Hierarchical(nodes));
      ExpectFoldIsTheWhole(machines[m], RingOfNodes(nodes, 1, 5));
      if (nodes > 4) ExpectFoldIsTheWhole(machines[m], RingOfNodes(nodes, 4, 5));
      if (nodes > 4) ExpectFoldIsTheWhole(machines[m], Pipeline(nodes));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// The largest size at which the family is certified.
TEST(SymmetricFoldTest, IsTheWholeOn4096Chips) { ExpectFoldIsTheWhole({}, Hierarchical(512)); }

TEST(SymmetricFoldTest, HierarchicalAllReduceIsOneClassOfChips) {
  const auto machine = RegularMachine::Make(SwitchedSystem(), 131'072);
  ASSERT_THAT(machine, IsOk());
  EXPECT_EQ(machine->blocks(), 32'768);
  const auto fold = FoldSymmetric(*machine, Hierarchical(131'072));
  ASSERT_THAT(fold, IsOk());
  EXPECT_EQ(fold->chip_classes, 1);
  EXPECT_EQ(fold->quotient.transfers.size(), 48);
  EXPECT_EQ(fold->quotient.transfers[0].count, 1'048'576);
}

TEST(SymmetricFoldTest, RefusesWhatHasNoSymmetry) {
  const auto machine = RegularMachine::Make(SwitchedSystem(), 16);
  ASSERT_THAT(machine, IsOk());
  EXPECT_THAT(RegularMachine::Make(SwitchedSystem(), 18).status().message(),
              testing::HasSubstr("18 nodes cannot be folded; accepted: up to the nodes under a "
                                 "leaf, 4, or a multiple of them"));
  SymmetricStep odd = Step(Peer::kNodeShift, 1, 1);
  odd.period = 16;
  odd.last = 8;
  EXPECT_THAT(FoldSymmetric(*machine, Chain(16, {odd})).status().message(),
              testing::HasSubstr("step 0: period 16 does not divide the 4 nodes"));
  EXPECT_THAT(
      FoldSymmetric(*machine, Chain(16, {Step(Peer::kNodeXor, 8, 1), Step(Peer::kNodeShift, 1, 1)}))
          .status()
          .message(),
      testing::HasSubstr("no symmetry is left"));
  EXPECT_THAT(FoldSymmetric(*machine, Chain(8, {Step(Peer::kNodeXor, 4, 1)})).status().message(),
              testing::HasSubstr("a schedule for 8 nodes of 8 chips on a machine of 16 of 8"));
  const MachineRouting hashed = {.spread = {.kind = SpreadRule::Kind::kHash}};
  EXPECT_THAT(RegularMachine::Make(SwitchedSystem(), 16, hashed).status().message(),
              testing::HasSubstr("which does not fold"));
  EXPECT_THAT(CheckSymmetric(Chain(16, {Step(Peer::kPlaceShift, 8, 1)})).message(),
              testing::HasSubstr("distance 8 leads a chip to itself among 8"));
  EXPECT_THAT(CheckSymmetric(Chain(12, {Step(Peer::kNodeXor, 4, 1)})).message(),
              testing::HasSubstr("accepted: a power of two nodes"));
}

}  // namespace
}  // namespace tessera
