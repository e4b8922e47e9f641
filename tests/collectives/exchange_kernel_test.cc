// Laws of the exchange of experts' tokens, on the real fabric.
#include "collectives/exchange_kernel.h"

#include <algorithm>

#include "core/random.h"
#include "tests/collectives/machine.h"

namespace tessera {
namespace {

constexpr double kCopyBytes = 10'000;
constexpr double kPort = 100e9;  // Of MachineShape, bytes/s.

ExchangeFamily Kernel() {
  ExchangeFamily kernel;
  kernel.scale_up.dispatch_start = kernel.scale_up.combine_start = Duration(5'000'000);
  kernel.scale_out = ExchangeLeg{};
  kernel.scale_out->dispatch_start = kernel.scale_out->combine_start = Duration(20'000'000);
  return kernel;
}

// Copies of tokens that choose `choices` of the ranks at random, once or several times the same.
TokenExchange Draw(int ranks, int ranks_per_node, int tokens, int choices) {
  const auto n = static_cast<size_t>(ranks);
  const auto nodes = static_cast<size_t>(ranks / ranks_per_node);
  TokenExchange drawn{.bytes_per_copy = kCopyBytes,
                      .expert_copies = std::vector<int64_t>(n * n),
                      .rank_copies = std::vector<int64_t>(n * n),
                      .node_copies = std::vector<int64_t>(n * nodes)};
  RandomStream random({.run_seed = 7});
  for (size_t source = 0; source < n; ++source) {
    for (int token = 0; token < tokens; ++token) {
      std::vector<bool> rank_seen(n), node_seen(nodes);
      for (int choice = 0; choice < choices; ++choice) {
        const size_t rank = random.Below(n);
        const size_t node = rank / static_cast<size_t>(ranks_per_node);
        ++drawn.expert_copies[source * n + rank];
        drawn.rank_copies[source * n + rank] += rank_seen[rank] ? 0 : 1;
        drawn.node_copies[source * nodes + node] += node_seen[node] ? 0 : 1;
        rank_seen[rank] = node_seen[node] = true;
      }
    }
  }
  return drawn;
}

ExchangeRequest Request(int ranks, const TokenExchange& tokens, CopyRule rule = CopyRule::kExpert) {
  ExchangeRequest request{.tokens = tokens, .rule = rule};
  for (int r = 0; r < ranks; ++r) request.ranks.push_back(r);
  return request;
}

double SecondsOf(const ExchangeFamily& kernel, const ExchangeRequest& request,
                 const Topology& topology) {
  const auto plan = PlanExchange(kernel, request, topology);
  EXPECT_THAT(plan, IsOk());
  Fabric::Request run;
  run.schedule = plan->schedule.get();
  run.endpoints = plan->endpoints;
  run.costs = plan->costs;
  return ToSeconds(IsolatedTime(topology, run));
}

// Of all ranks, the most copies that enter or leave one over links.
double BusiestCopies(const std::vector<int64_t>& copies, int ranks) {
  const auto n = static_cast<size_t>(ranks);
  int64_t most = 0;
  for (size_t r = 0; r < n; ++r) {
    int64_t in = 0, out = 0;
    for (size_t other = 0; other < n; ++other) {
      if (other == r) continue;
      out += copies[r * n + other];
      in += copies[other * n + r];
    }
    most = std::max({most, in, out});
  }
  return static_cast<double>(most);
}

TEST(ExchangeKernelTest, CopiesForTheOwnRankTravelOnNoLink) {
  const auto machine = MakeMachine({});
  TokenExchange own{.bytes_per_copy = kCopyBytes, .expert_copies = std::vector<int64_t>(64)};
  for (size_t r = 0; r < 8; ++r) own.expert_copies[r * 9] = 1000;
  EXPECT_EQ(SecondsOf(Kernel(), Request(8, own), *machine), 5e-6);
}

TEST(ExchangeKernelTest, TheBusiestRankSetsTheTime) {
  for (const int ranks : {2, 8, 16}) {
    const auto machine = MakeMachine({.chips_per_node = ranks});
    const TokenExchange drawn = Draw(ranks, ranks, 64, 8);
    const double bytes = BusiestCopies(drawn.expert_copies, ranks) * kCopyBytes / kPort;
    const double seconds = SecondsOf(Kernel(), Request(ranks, drawn), *machine) - 5e-6;
    EXPECT_GE(seconds, 0.999999 * bytes) << ranks;
    EXPECT_LE(seconds, 1.05 * bytes) << ranks;
    const auto plan = PlanExchange(Kernel(), Request(ranks, drawn), *machine);
    ASSERT_THAT(plan, IsOk());
    EXPECT_NEAR(ToSeconds(plan->predicted) - 5e-6, bytes, 1e-6 * bytes);
  }
}

TEST(ExchangeKernelTest, OneCopyARankIsNeverSlowerThanOneAnExpert) {
  const auto machine = MakeMachine({.nodes = 2});
  for (const int choices : {1, 2, 8}) {
    const TokenExchange drawn = Draw(16, 8, 32, choices);
    EXPECT_LE(SecondsOf(Kernel(), Request(16, drawn, CopyRule::kRank), *machine),
              1.02 * SecondsOf(Kernel(), Request(16, drawn), *machine))
        << choices;
  }
}

TEST(ExchangeKernelTest, ForwardedCopiesWaitForTheSlowerOfBothLegs) {
  TokenExchange drawn = Draw(16, 8, 256, 8);
  const auto time = [&](int64_t nic, bool combine) {
    const auto machine = MakeMachine({.nodes = 2, .nic_gbytes_per_second = nic});
    drawn.combine = combine;
    return SecondsOf(Kernel(), Request(16, drawn, CopyRule::kNode), *machine) - 20e-6;
  };
  for (const bool combine : {false, true}) {
    // A token goes to the other node at most once, but to several ranks there: a NIC of an eighth
    // of the port's rate binds, one of half does not.
    EXPECT_NEAR(time(6, combine) / time(12, combine), 2, 0.1);
    EXPECT_NEAR(time(50, combine) / time(100, combine), 1, 0.03);
    EXPECT_GT(time(12, combine), 1.1 * time(50, combine));
  }
  EXPECT_NEAR(time(12, true) / time(12, false), 1, 0.06);
}

TEST(ExchangeKernelTest, OneCopyANodeSparesTheNics) {
  const auto machine = MakeMachine({.nodes = 2, .nic_gbytes_per_second = 10});
  const TokenExchange drawn = Draw(16, 8, 256, 8);
  EXPECT_LT(SecondsOf(Kernel(), Request(16, drawn, CopyRule::kNode), *machine),
            0.5 * SecondsOf(Kernel(), Request(16, drawn, CopyRule::kRank), *machine));
}

TEST(ExchangeKernelTest, CoresAndIssueTimesHoldCopiesBack) {
  const auto machine = MakeMachine({});
  const TokenExchange drawn = Draw(8, 8, 64, 8);
  ExchangeFamily kernel = Kernel();
  kernel.core_rate = Bandwidth::GigabytesPerSecond(5);
  ExchangeRequest request = Request(8, drawn);
  const auto moving = [&] { return SecondsOf(kernel, request, *machine) - 5e-6; };
  request.cores = 40;
  const double free = moving();
  request.cores = 10;
  EXPECT_NEAR(moving() / free, 2, 1e-6);
  request.cores = 40;
  kernel.scale_up.copy = Duration(100'000);  // As long as the bytes of a copy take.
  EXPECT_NEAR(moving() / free, 2, 1e-6);
}

TEST(ExchangeKernelTest, AHostThatPostsSlowsTheNetworkAlone) {
  const auto machine = MakeMachine({.chips_per_node = 4, .nodes = 2, .nic_gbytes_per_second = 50});
  const TokenExchange drawn = Draw(8, 4, 64, 8);
  ExchangeFamily kernel = Kernel();
  kernel.scale_out->host_copy = Duration(200'000);  // As long as the bytes of a copy take.
  ExchangeRequest request = Request(8, drawn);
  const double device = SecondsOf(kernel, request, *machine) - 20e-6;
  request.host_posts = true;
  EXPECT_NEAR((SecondsOf(kernel, request, *machine) - 20e-6) / device, 2, 0.01);
}

TEST(ExchangeKernelTest, TheFastestFamilyIsTaken) {
  const auto machine = MakeMachine({.nodes = 2});
  ExchangeKernelSpec spec;
  spec.name = "kernels";
  spec.families = {Kernel(), Kernel()};
  spec.families[0].scale_out.reset();  // Cannot leave its node ...
  spec.families[1].copies = CopyRule::kNode;
  const TokenExchange drawn = Draw(16, 8, 64, 8);
  const std::vector<ChipId> ranks = Request(16, drawn).ranks;
  auto plan = PlanFastestExchange(spec, drawn, ranks, *machine);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->algorithm, "kernels");
  EXPECT_EQ(plan->costs.start, Duration(20'000'000));
  // ... where it starts sooner.
  spec.families[1].scale_up.dispatch_start = Duration(50'000'000);
  const TokenExchange few = Draw(8, 8, 1, 2);
  plan = PlanFastestExchange(spec, few, Request(8, few).ranks, *machine);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->costs.start, Duration(5'000'000));
  spec.families.pop_back();
  EXPECT_THAT(PlanFastestExchange(spec, drawn, ranks, *machine),
              FailsWith("exchange kernels \"kernels\": the kernel stays inside a node"));
}

TEST(ExchangeKernelTest, RefusesWhatItCannotPrice) {
  const auto machine = MakeMachine({.nodes = 2});
  TokenExchange drawn = Draw(16, 8, 4, 2);
  EXPECT_THAT(PlanExchange(Kernel(), Request(8, drawn), *machine),
              FailsWith("an exchange among 8 ranks needs n * n copies of some bytes, not 256 of "
                        "10000"));
  drawn.node_copies.clear();
  EXPECT_THAT(PlanExchange(Kernel(), Request(16, drawn, CopyRule::kNode), *machine),
              FailsWith("forwarding needs the copies of each rank for each node"));
  drawn.rank_copies.resize(144);
  EXPECT_THAT(PlanExchange(Kernel(), Request(12, drawn, CopyRule::kNode), *machine),
              FailsWith("copies are forwarded inside nodes of 8, which 12 ranks do not fill"));
}

}  // namespace
}  // namespace tessera
