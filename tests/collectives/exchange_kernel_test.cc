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
struct Tokens {
  int ranks = 8;
  int ranks_per_node = 8;
  int per_rank = 64;
  int choices = 8;
  CopyRule rule = CopyRule::kExpert;
};
TokenExchange Draw(const Tokens& tokens) {
  const auto n = static_cast<size_t>(tokens.ranks);
  const auto per_node = static_cast<size_t>(tokens.ranks_per_node);
  TokenExchange drawn{.bytes_per_copy = kCopyBytes,
                      .copies = std::vector<double>(n * n),
                      .node_copies = std::vector<double>(n * (n / per_node))};
  RandomStream random({.run_seed = 7});
  for (size_t source = 0; source < n; ++source) {
    for (int token = 0; token < tokens.per_rank; ++token) {
      std::vector<bool> rank_seen(n), node_seen(n / per_node);
      for (int choice = 0; choice < tokens.choices; ++choice) {
        const size_t rank = random.Below(n);
        const bool again = rank_seen[rank] && tokens.rule != CopyRule::kExpert;
        drawn.copies[source * n + rank] += again ? 0 : 1;
        drawn.node_copies[source * (n / per_node) + rank / per_node] +=
            node_seen[rank / per_node] ? 0 : 1;
        rank_seen[rank] = node_seen[rank / per_node] = true;
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
double BusiestCopies(const std::vector<double>& copies, int ranks) {
  const auto n = static_cast<size_t>(ranks);
  double most = 0;
  for (size_t r = 0; r < n; ++r) {
    double in = 0, out = 0;
    for (size_t other = 0; other < n; ++other) {
      if (other == r) continue;
      out += copies[r * n + other];
      in += copies[other * n + r];
    }
    most = std::max({most, in, out});
  }
  return most;
}

TEST(ExchangeKernelTest, CopiesForTheOwnRankTravelOnNoLink) {
  const auto machine = MakeMachine({});
  TokenExchange own{.bytes_per_copy = kCopyBytes, .copies = std::vector<double>(64)};
  for (size_t r = 0; r < 8; ++r) own.copies[r * 9] = 1000;
  EXPECT_EQ(SecondsOf(Kernel(), Request(8, own), *machine), 5e-6);
}

TEST(ExchangeKernelTest, TheBusiestRankSetsTheTime) {
  for (const int ranks : {2, 8, 16}) {
    const auto machine = MakeMachine({.chips_per_node = ranks});
    const TokenExchange drawn = Draw({.ranks = ranks, .ranks_per_node = ranks});
    const double bytes = BusiestCopies(drawn.copies, ranks) * kCopyBytes / kPort;
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
    Tokens tokens{.ranks = 16, .per_rank = 32, .choices = choices};
    const TokenExchange by_expert = Draw(tokens);
    tokens.rule = CopyRule::kRank;
    const TokenExchange by_rank = Draw(tokens);
    EXPECT_LE(SecondsOf(Kernel(), Request(16, by_rank, CopyRule::kRank), *machine),
              1.02 * SecondsOf(Kernel(), Request(16, by_expert), *machine))
        << choices;
  }
}

constexpr Tokens kForwarded = {.ranks = 16, .per_rank = 256, .rule = CopyRule::kNode};

TEST(ExchangeKernelTest, ForwardedCopiesWaitForTheSlowerOfBothLegs) {
  TokenExchange drawn = Draw(kForwarded);
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
  const TokenExchange drawn = Draw(kForwarded);
  EXPECT_LT(SecondsOf(Kernel(), Request(16, drawn, CopyRule::kNode), *machine),
            0.5 * SecondsOf(Kernel(), Request(16, drawn, CopyRule::kRank), *machine));
}

TEST(ExchangeKernelTest, CoresAndIssueTimesHoldCopiesBack) {
  const auto machine = MakeMachine({});
  const TokenExchange drawn = Draw({});
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
  const TokenExchange drawn = Draw({.ranks_per_node = 4});
  ExchangeFamily kernel = Kernel();
  kernel.scale_out->host_copy = Duration(200'000);  // As long as the bytes of a copy take.
  ExchangeRequest request = Request(8, drawn);
  const double device = SecondsOf(kernel, request, *machine) - 20e-6;
  request.host_posts = true;
  EXPECT_NEAR((SecondsOf(kernel, request, *machine) - 20e-6) / device, 2, 0.01);
}

TEST(ExchangeKernelTest, TheModeChoosesTheFamilyIfThereAreTwo) {
  const auto machine = MakeMachine({.nodes = 2});
  ExchangeKernelSpec spec;
  spec.name = "kernels";
  spec.families = {Kernel(), Kernel()};
  spec.families[1].mode = ExchangeMode::kHighThroughput;
  spec.families[1].copies = CopyRule::kNode;
  spec.families[1].scale_out->dispatch_start = Duration(50'000'000);
  TokenExchange drawn = Draw(kForwarded);
  const std::vector<ChipId> ranks = Request(16, drawn).ranks;
  auto plan = PlanExchange(spec, drawn, ranks, *machine);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->algorithm, "kernels low-latency");
  EXPECT_EQ(plan->costs.start, Duration(20'000'000));
  drawn.mode = ExchangeMode::kHighThroughput;
  plan = PlanExchange(spec, drawn, ranks, *machine);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->algorithm, "kernels high-throughput");
  EXPECT_EQ(plan->costs.start, Duration(50'000'000));
  spec.families.pop_back();
  plan = PlanExchange(spec, drawn, ranks, *machine);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->algorithm, "kernels low-latency");
  spec.families[0].scale_out.reset();
  EXPECT_THAT(PlanExchange(spec, drawn, ranks, *machine),
              FailsWith("exchange kernels \"kernels\": the kernel stays inside a node"));
}

// Ports and NICs are the busiest links of these machines; the latency of the way is left out.
TEST(ExchangeKernelTest, TheClosedFormIsThePlanOnTheMachineWithoutLatency) {
  const auto machine = MakeMachine({.nodes = 2, .nic_gbytes_per_second = 10});
  for (const CopyRule rule : {CopyRule::kExpert, CopyRule::kRank, CopyRule::kNode}) {
    for (const bool combine : {false, true}) {
      TokenExchange drawn = Draw({.ranks = 16, .rule = rule});
      drawn.combine = combine;
      ExchangeFamily kernel = Kernel();
      kernel.copies = rule;
      const auto plan = PlanExchange(kernel, Request(16, drawn, rule), *machine);
      ExchangePlace place{.port_bytes_per_second = kPort, .nic_bytes_per_second = 10e9};
      for (int r = 0; r < 16; ++r) place.node_of_rank.push_back(r / 8);
      const auto alone = ExchangeTimeAlone(kernel, drawn, place);
      ASSERT_THAT(plan, IsOk());
      ASSERT_THAT(alone, IsOk());
      EXPECT_NEAR(ToSeconds(*alone), ToSeconds(plan->predicted), 4e-6)
          << static_cast<int>(rule) << combine;
      EXPECT_LE(*alone, plan->predicted);
    }
  }
}

TEST(ExchangeKernelTest, RefusesWhatItCannotPrice) {
  const auto machine = MakeMachine({.nodes = 2});
  TokenExchange drawn = Draw({.ranks = 16, .per_rank = 4, .choices = 2});
  EXPECT_THAT(PlanExchange(Kernel(), Request(8, drawn), *machine),
              FailsWith("an exchange among 8 ranks needs n * n copies of some bytes, not 256 of "
                        "10000"));
  drawn.node_copies.clear();
  EXPECT_THAT(PlanExchange(Kernel(), Request(16, drawn, CopyRule::kNode), *machine),
              FailsWith("forwarding needs the copies of each rank for each node"));
  drawn.copies.resize(144);
  EXPECT_THAT(PlanExchange(Kernel(), Request(12, drawn, CopyRule::kNode), *machine),
              FailsWith("copies are forwarded inside nodes of 8, which 12 ranks do not fill"));
}

}  // namespace
}  // namespace tessera
