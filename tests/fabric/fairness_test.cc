// Laws of fair sharing on thousands of random networks; a failure prints its seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/random.h"
#include "fabric/flow_set.h"
#include "fabric/max_min_solver.h"

namespace tessera {
namespace {

struct RandomNetwork {
  explicit RandomNetwork(uint64_t seed) : random({.run_seed = seed}) {
    const uint64_t links = 1 + random.Below(20);
    for (uint64_t l = 0; l < links; ++l) {
      capacities.push_back(Bandwidth::BytesPerSecond(
          static_cast<int64_t>(1'000'000 * (1 + random.Below(4)) + random.Below(2) * 12'345)));
    }
    const uint64_t count = 1 + random.Below(30);
    for (uint64_t f = 0; f < count; ++f) {
      LoneFlow flow;
      flow.start = Time(Duration(static_cast<int64_t>(random.Below(3) * 1'000'000'000)));
      flow.bytes = Bytes(static_cast<int64_t>(1 + random.Below(5000)));
      for (uint64_t l = 0; l < links; ++l) {
        if (random.Bernoulli(0.25)) flow.route.push_back(static_cast<int32_t>(l));
      }
      if (flow.route.empty()) flow.route.push_back(static_cast<int32_t>(random.Below(links)));
      if (random.Bernoulli(0.3)) {  // Sprayed, or standing for several.
        for (size_t hop = 0; hop < flow.route.size(); ++hop) {
          flow.coefficients.push_back(static_cast<int32_t>(1 + random.Below(6)));
        }
      }
      if (random.Bernoulli(0.2)) {
        flow.rate_cap =
            Bandwidth::BytesPerSecond(static_cast<int64_t>(50'000 * (1 + random.Below(20))));
      }
      flows.push_back(flow);
    }
  }

  std::vector<RateUnits> CapacitiesInUnits() const {
    std::vector<RateUnits> units;
    for (const Bandwidth c : capacities) units.push_back(ToRateUnits(c));
    return units;
  }

  RandomStream random;
  std::vector<Bandwidth> capacities;
  std::vector<LoneFlow> flows;
};

constexpr uint64_t kNetworks = 2000;

int32_t CoefficientOf(const LoneFlow& flow, size_t hop) {
  return flow.coefficients.empty() ? 1 : flow.coefficients[hop];
}

MaxMinSolver::FlowSpec SpecOf(const LoneFlow& flow, uint64_t tag) {
  const bool capped = flow.rate_cap != Bandwidth();
  return {.work = ToWorkUnits(flow.bytes),
          .route = flow.route,
          .coefficients = flow.coefficients,
          .cap = capped ? ToRateUnits(flow.rate_cap) : kNoRate,
          .tag = tag};
}

// The flows of a network, all started at once and tagged with their numbers.
struct RunningNetwork {
  explicit RunningNetwork(const RandomNetwork& network)
      : capacities(network.CapacitiesInUnits()), solver(capacities) {
    for (size_t f = 0; f < network.flows.size(); ++f) {
      ids.push_back(solver.Add(SpecOf(network.flows[f], f), Time{}));
    }
    solver.Solve(Time{});
  }

  const std::vector<RateUnits> capacities;
  MaxMinSolver solver;
  std::vector<FlowId> ids;
};

// What crosses each link.
struct LinkTotals {
  LinkTotals(const RandomNetwork& network, const RunningNetwork& running)
      : load(running.capacities.size(), 0), fastest(load), flows(load) {
    for (size_t f = 0; f < running.ids.size(); ++f) {
      const LoneFlow& flow = network.flows[f];
      const RateUnits rate = running.solver.rate(running.ids[f]);
      for (size_t hop = 0; hop < flow.route.size(); ++hop) {
        const auto l = static_cast<size_t>(flow.route[hop]);
        load[l] += rate * CoefficientOf(flow, hop);
        fastest[l] = std::max(fastest[l], rate);
        flows[l] += CoefficientOf(flow, hop);
      }
    }
  }

  std::vector<RateUnits> load;
  std::vector<RateUnits> fastest;
  std::vector<RateUnits> flows;
};

// Every flow runs at its cap or crosses a full link on which nobody is faster (the certificate of
// max-min fairness), and no link is over its capacity. Full: what is left does not suffice for one
// unit of rate for every flow.
TEST(FairnessTest, EveryFlowHasABottleneck) {
  for (uint64_t seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const RandomNetwork network(seed);
    const RunningNetwork running(network);
    const MaxMinSolver& solver = running.solver;
    const std::vector<RateUnits>& capacities = running.capacities;
    const std::vector<FlowId>& ids = running.ids;
    const LinkTotals on(network, running);
    for (size_t l = 0; l < on.load.size(); ++l) {
      ASSERT_LE(on.load[l], capacities[l]);
      ASSERT_EQ(on.load[l], solver.load(static_cast<int32_t>(l)));
    }
    for (size_t f = 0; f < ids.size(); ++f) {
      const Bandwidth cap = network.flows[f].rate_cap;
      if (cap != Bandwidth()) {
        ASSERT_LE(solver.rate(ids[f]), ToRateUnits(cap));
        if (solver.rate(ids[f]) == ToRateUnits(cap)) continue;
      }
      ASSERT_TRUE(std::any_of(network.flows[f].route.begin(), network.flows[f].route.end(),
                              [&](int32_t link) {
                                const auto l = static_cast<size_t>(link);
                                return capacities[l] - on.load[l] < on.flows[l] &&
                                       solver.rate(ids[f]) == on.fastest[l];
                              }))
          << "flow " << f;
    }
  }
}

// Until the last flow is done.
void ExpectWorkFallsByRateTimesTime(const RandomNetwork& network) {
  RunningNetwork running(network);
  MaxMinSolver& solver = running.solver;
  const std::vector<FlowId>& ids = running.ids;
  // At most one picosecond at full rate too much, 1/1024 of one too little.
  const RateUnits full = *std::max_element(running.capacities.begin(), running.capacities.end());
  std::vector<WorkUnits> left;
  for (const LoneFlow& flow : network.flows) left.push_back(ToWorkUnits(flow.bytes));
  std::vector<bool> done(ids.size(), false);
  Time now{};
  while (solver.next_finish() != MaxMinSolver::kNever) {
    const Time next = solver.next_finish();
    for (size_t f = 0; f < ids.size(); ++f) {
      if (!done[f]) left[f] -= WorkUnits{solver.rate(ids[f])} * (next - now).count();
    }
    now = next;
    std::vector<uint64_t> finished;
    solver.TakeFinished(now, finished);
    for (const uint64_t f : finished) {
      done[f] = true;
      ASSERT_LE(left[f], full / 1024);
      ASSERT_GT(left[f], -full);
    }
    solver.Solve(now);
    for (size_t f = 0; f < ids.size(); ++f) {
      if (!done[f]) {
        ASSERT_EQ(solver.WorkLeft(ids[f], now), left[f]);
      }
    }
  }
  ASSERT_TRUE(std::all_of(done.begin(), done.end(), [](bool d) { return d; }));
}

// Work left falls by rate times time, whatever the others do, and is gone at the finish.
TEST(FairnessTest, EveryByteIsSentOnce) {
  for (uint64_t seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    ExpectWorkFallsByRateTimesTime(RandomNetwork(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(FairnessTest, NamesOfFlowsAndLinksDoNotMatter) {
  for (uint64_t seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomNetwork network(seed);
    const std::vector<Time> finishes = FinishTimes(network.capacities, network.flows);
    std::vector<int32_t> link_names(network.capacities.size());
    std::iota(link_names.begin(), link_names.end(), 0);
    network.random.Shuffle(absl::MakeSpan(link_names));
    std::vector<size_t> flow_names(network.flows.size());
    std::iota(flow_names.begin(), flow_names.end(), size_t{0});
    network.random.Shuffle(absl::MakeSpan(flow_names));
    std::vector<Bandwidth> capacities(network.capacities.size());
    std::vector<LoneFlow> flows(network.flows.size());
    for (size_t l = 0; l < capacities.size(); ++l) {
      capacities[static_cast<size_t>(link_names[l])] = network.capacities[l];
    }
    for (size_t f = 0; f < flows.size(); ++f) {
      LoneFlow flow = network.flows[f];
      for (int32_t& link : flow.route) link = link_names[static_cast<size_t>(link)];
      if (flow.coefficients.empty()) network.random.Shuffle(absl::MakeSpan(flow.route));
      flows[flow_names[f]] = flow;
    }
    const std::vector<Time> renamed = FinishTimes(capacities, flows);
    for (size_t f = 0; f < flows.size(); ++f) ASSERT_EQ(renamed[flow_names[f]], finishes[f]);
  }
}

// Half the work takes half the time if all starts are at once; rounding adds at most 2 ps a finish.
TEST(FairnessTest, TimesScaleWithSizesAndRates) {
  for (uint64_t seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomNetwork network(seed);
    for (LoneFlow& flow : network.flows) flow.start = Time{};
    const std::vector<Time> finishes = FinishTimes(network.capacities, network.flows);
    for (LoneFlow& flow : network.flows) flow.bytes = flow.bytes * 2;
    const std::vector<Time> doubled = FinishTimes(network.capacities, network.flows);
    for (Bandwidth& c : network.capacities) c = c * 2;
    for (LoneFlow& flow : network.flows) flow.rate_cap = flow.rate_cap * 2;
    const std::vector<Time> same = FinishTimes(network.capacities, network.flows);
    for (size_t f = 0; f < finishes.size(); ++f) {
      const auto once = (finishes[f] - Time{}).count();
      ASSERT_NEAR(static_cast<double>((doubled[f] - Time{}).count()), 2 * static_cast<double>(once),
                  64);
      ASSERT_NEAR(static_cast<double>((same[f] - Time{}).count()), static_cast<double>(once), 64);
    }
  }
}

// On one link more bytes never let anybody finish earlier, nor more rate later. (On several links
// both can happen: a flow that is held up elsewhere leaves room.)
TEST(FairnessTest, OneLinkIsMonotonic) {
  for (uint64_t seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomNetwork network(seed);
    network.capacities.resize(1);
    for (LoneFlow& flow : network.flows) {
      flow.route = {0};
      flow.coefficients.resize(std::min<size_t>(flow.coefficients.size(), 1));
    }
    const std::vector<Time> finishes = FinishTimes(network.capacities, network.flows);
    std::vector<LoneFlow> more = network.flows;
    more[network.random.Below(more.size())].bytes += Bytes(777);
    const std::vector<Time> later = FinishTimes(network.capacities, more);
    const std::vector<Bandwidth> faster = {network.capacities[0] * 2};
    const std::vector<Time> earlier = FinishTimes(faster, network.flows);
    for (size_t f = 0; f < finishes.size(); ++f) {
      ASSERT_GE(later[f] + Duration(static_cast<int64_t>(finishes.size())), finishes[f]);
      ASSERT_LE(earlier[f], finishes[f] + Duration(static_cast<int64_t>(finishes.size())));
    }
  }
}

}  // namespace
}  // namespace tessera
