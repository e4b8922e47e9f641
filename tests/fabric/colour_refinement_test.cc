// Folding by colour refinement: how many classes, and that folded equals unfolded to the last
// picosecond.
#include "fabric/colour_refinement.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/random.h"
#include "fabric/profile.h"
#include "tests/fabric/exchange.h"
#include "topology/clos.h"
#include "topology/dragonfly.h"
#include "topology/grid.h"
#include "topology/hyperx.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabytesPerSecond(50), Duration(500'000), Tier::kScaleUp};

// A schedule on the first chips of a topology.
class Placed {
 public:
  Placed(const Schedule& schedule, const Topology& topology)
      : prepared_(schedule), placement_(prepared_, topology, FirstChips(schedule.ranks)) {}

  const Placement& placement() const { return placement_; }

 private:
  static std::vector<VertexId> FirstChips(int count) {
    std::vector<VertexId> chips(static_cast<size_t>(count));
    std::iota(chips.begin(), chips.end(), 0);
    return chips;
  }

  PreparedSchedule prepared_;
  Placement placement_;
};

Schedule AllToAll(int ranks, int64_t bytes) {
  std::vector<TestTransfer> transfers;
  for (int distance = 1; distance < ranks; ++distance) {
    for (int r = 0; r < ranks; ++r) {
      transfers.push_back({.source = r, .target = (r + distance) % ranks, .bytes = bytes});
    }
  }
  return MakeSchedule(ranks, transfers);
}

// The end of each transfer, unfolded: every transfer a class of its own.
std::vector<Duration> UnfoldedEnds(const Placement& placement, const TransferCosts& costs) {
  Colouring apart;
  apart.of_transfer.resize(static_cast<size_t>(placement.schedule().transfers()));
  std::iota(apart.of_transfer.begin(), apart.of_transfer.end(), 0);
  apart.of_link.resize(placement.links().size());
  std::iota(apart.of_link.begin(), apart.of_link.end(), 0);
  apart.transfer_colours = static_cast<int32_t>(apart.of_transfer.size());
  apart.link_colours = static_cast<int32_t>(apart.of_link.size());
  return RunQuotient(QuotientOf(placement, apart), costs).transfer_ends;
}

// Checks that folding changes no end of a transfer, nor the bytes and busy time of a link.
void ExpectFoldedEqualsUnfolded(const Schedule& schedule, const Topology& topology) {
  const Placed placed(schedule, topology);
  const TransferCosts costs = {.start = Duration(3'000'000),
                               .per_transfer_scale_up = Duration(700'000),
                               .per_transfer_scale_out = Duration(2'000'000)};
  const Colouring colouring = RefineColours(placed.placement());
  const QuotientRun folded = RunQuotient(QuotientOf(placed.placement(), colouring), costs);
  const std::vector<Duration> unfolded = UnfoldedEnds(placed.placement(), costs);
  for (size_t t = 0; t < unfolded.size(); ++t) {
    ASSERT_EQ(folded.transfer_ends[static_cast<size_t>(colouring.of_transfer[t])], unfolded[t])
        << "transfer " << t;
  }
  const Profile profile = MakeProfile(placed.placement(), costs);
  EXPECT_EQ(folded.end, profile.groups.back().at);
  for (size_t l = 0; l < profile.use.size(); ++l) {
    const LinkUse& use = folded.use[static_cast<size_t>(colouring.of_link[l])];
    ASSERT_EQ(use.bytes, profile.use[l].bytes);
    ASSERT_EQ(use.busy, profile.use[l].busy);
    ASSERT_EQ(use.transfers, profile.use[l].transfers);
  }
}

TEST(ColourRefinementTest, TorusAllToAllHasAClassForEachDistance) {
  const auto torus = MakeGrid({.extents = {5, 5}, .links = {kLink}, .wraps = true});
  const Schedule schedule = AllToAll(25, 1'000'000);
  const Placed placed(schedule, *torus);
  const Colouring colouring = RefineColours(placed.placement());
  // Links along x and along y carry the same sums; routes have 1 to 4 hops of which all links are
  // of one colour. Head latency tells the numbers of hops apart.
  EXPECT_EQ(colouring.link_colours, 1);
  EXPECT_EQ(colouring.transfer_colours, 4);
  const Quotient quotient = QuotientOf(placed.placement(), colouring);
  EXPECT_EQ(quotient.links[0].count, 100);
  int64_t transfers = 0;
  for (const auto& k : quotient.transfers) transfers += k.count;
  EXPECT_EQ(transfers, 600);
}

TEST(ColourRefinementTest, OneSlowLinkSplitsARingCompletely) {
  TopologyBuilder builder;
  builder.AddChips(6, "chip", TopologyBuilder::Nodes::kOne);
  for (int i = 0; i < 6; ++i) {
    LinkKind kind = kLink;
    if (i == 0) kind.bandwidth = Bandwidth::GigabytesPerSecond(10);
    builder.AddCable(i, (i + 1) % 6, kind);
  }
  const auto ring = std::move(builder).BuildConnected({.chips_per_node = 6});
  const Schedule schedule = RingSchedule(6, 1000, 5);
  EXPECT_EQ(RefineColours(Placed(schedule, *ring).placement()).transfer_colours, 30);
}

TEST(ColourRefinementTest, ColouringThatPutsUnlikeTransfersTogetherIsNotEquitable) {
  const auto star = Star(3, Bandwidth::GigabytesPerSecond(10), Duration(1000));
  const Schedule schedule = MakeSchedule(
      3, {{.source = 0, .target = 2, .bytes = 1000}, {.source = 1, .target = 2, .bytes = 1000}});
  const Placed placed(schedule, *star);
  Colouring colouring = RefineColours(placed.placement());
  EXPECT_EQ(colouring.transfer_colours, 1);
  EXPECT_EQ(colouring.link_colours, 2);
  EXPECT_TRUE(IsEquitable(placed.placement(), colouring));
  // One link carries two transfers, the others one.
  colouring.of_link.assign(colouring.of_link.size(), 0);
  colouring.link_colours = 1;
  EXPECT_FALSE(IsEquitable(placed.placement(), colouring));
}

TEST(ColourRefinementTest, FoldedEqualsUnfoldedOnEveryGeneratedTopology) {
  const std::vector<std::unique_ptr<Topology>> topologies = [] {
    std::vector<std::unique_ptr<Topology>> made;
    made.push_back(MakeGrid({.extents = {4, 4}, .links = {kLink}, .wraps = true}));
    made.push_back(MakeGrid({.extents = {4, 2, 2}, .links = {kLink}, .wraps = false}));
    made.push_back(MakeCrossbar(16, kLink));
    made.push_back(MakeFullMesh(16, kLink));
    made.push_back(MakeFatTree({.k = 4, .link = kLink, .oversubscription = 2, .spread = {}}));
    made.push_back(MakeFatTree(
        {.k = 4, .link = kLink, .spread = {.kind = SpreadRule::Kind::kHash, .seed = 7}}));
    made.push_back(MakeLeafSpine({.leaves = 4,
                                  .hosts_per_leaf = 4,
                                  .spines = 3,
                                  .planes = 2,
                                  .host_link = kLink,
                                  .uplink = kLink,
                                  .spread = {}}));
    made.push_back(
        MakeHyperX({.extents = {2, 4}, .hosts_per_switch = 2, .host_link = kLink, .link = kLink}));
    made.push_back(MakeDragonfly({.hosts_per_router = 2,
                                  .routers_per_group = 2,
                                  .global_links_per_router = 2,
                                  .host_link = kLink,
                                  .local_link = kLink,
                                  .global_link = kLink}));
    return made;
  }();
  for (const auto& topology : topologies) {
    SCOPED_TRACE(topology->LinkName(0));
    ExpectFoldedEqualsUnfolded(AllToAll(16, 1'000'000), *topology);
    ExpectFoldedEqualsUnfolded(RingSchedule(16, 4'000'000, 30), *topology);
  }
}

// Random transfers on random asymmetric networks; a failure prints its seed.
TEST(ColourRefinementTest, FoldedEqualsUnfoldedOnRandomNetworks) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random({.run_seed = seed});
    const int chips = 3 + static_cast<int>(random.Below(6));
    TopologyBuilder builder;
    builder.AddChips(chips, "chip", TopologyBuilder::Nodes::kOneEach);
    for (int c = 0; c < chips; ++c) {
      LinkKind kind = kLink;
      kind.bandwidth = kind.bandwidth * static_cast<int64_t>(1 + random.Below(2));
      builder.AddCable(c, (c + 1) % chips, kind);
      const auto other = static_cast<int>(random.Below(static_cast<uint64_t>(chips)));
      if (other != c) builder.AddCable(c, other, kind);
    }
    const auto topology = std::move(builder).BuildConnected({});
    std::vector<TestTransfer> transfers;
    for (int32_t t = 0; t < 40; ++t) {
      TestTransfer& transfer = transfers.emplace_back();
      transfer.source = static_cast<int>(random.Below(static_cast<uint64_t>(chips)));
      transfer.target = static_cast<int>(random.Below(static_cast<uint64_t>(chips)));
      transfer.bytes = static_cast<int64_t>(100'000 * random.Below(3));
      if (t > 8 && random.Bernoulli(0.7)) {
        transfer.after.push_back(static_cast<int32_t>(random.Below(static_cast<uint64_t>(t))));
      }
    }
    ExpectFoldedEqualsUnfolded(MakeSchedule(chips, transfers), *topology);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace tessera
