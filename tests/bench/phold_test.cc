#include "bench/phold.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/hash.h"

namespace tessera::phold {
namespace {

// Hashes what it passes on.
class Witness : public Component {
 public:
  Witness(Component& inner, StableHash& trace) : inner_(inner), trace_(trace) {}
  void OnEvent(const Event& event, Engine& engine) override {
    trace_.AddInteger(static_cast<uint64_t>(event.time.time_since_epoch().count()));
    trace_.AddInteger(event.order);
    trace_.AddInteger(event.target);
    inner_.OnEvent(event, engine);
  }

 private:
  Component& inner_;
  StableHash& trace_;
};

// The hash of every event in its order, with `stops` stops of the engine on the way.
std::string TraceHash(const Params& params, Time end, int stops) {
  StableHash trace;
  Engine engine;
  std::vector<LogicalProcess> processes;
  std::vector<Witness> witnesses;
  processes.reserve(params.logical_processes);
  witnesses.reserve(params.logical_processes);
  for (ComponentId id = 0; id < params.logical_processes; ++id) {
    processes.emplace_back(id, params);
    witnesses.emplace_back(processes.back(), trace);
    engine.Add(witnesses.back());
  }
  for (ComponentId id = 0; id < params.logical_processes; ++id) processes[id].Start(id, engine);
  for (int i = 1; i <= stops; ++i) engine.Run(Time(end.time_since_epoch() * i / stops));
  EXPECT_FALSE(engine.empty());
  return trace.Hex();
}

constexpr Time kEnd{std::chrono::microseconds(20)};
constexpr Params kParams = {.logical_processes = 256, .start_events = 4};

TEST(PholdTest, TheTraceIsTheSameInEveryBuild) {
  EXPECT_EQ(TraceHash(kParams, kEnd, 1), "d4ef45accfdea82f693c15a3852ae189");
}

TEST(PholdTest, TheTraceDoesNotDependOnWhereTheEngineStops) {
  const std::string whole = TraceHash(kParams, kEnd, 1);
  EXPECT_EQ(TraceHash(kParams, kEnd, 7), whole);
  EXPECT_EQ(TraceHash(kParams, kEnd, 5'000), whole);
}

// Delays only scale, so that the number of events stays while all bucket widths change.
TEST(PholdTest, TheNumberOfEventsDoesNotDependOnTheUnitOfTime) {
  for (const int64_t scale : {1, 64, 1'000}) {
    Params scaled = kParams;
    scaled.lookahead *= scale;
    scaled.mean_beyond_lookahead *= scale;
    const Time end(kEnd.time_since_epoch() * scale);
    EXPECT_NEAR(static_cast<double>(phold::Run(scaled, end)),
                static_cast<double>(phold::Run(kParams, kEnd)), 5);
  }
}

// In the steady state each of the constant number of events moves once in a mean delay.
TEST(PholdTest, EventsAreDeliveredAtTheRateOfTheirMeanDelay) {
  const int64_t population = 256 * 4;
  const double events = static_cast<double>(phold::Run(kParams, kEnd));
  EXPECT_NEAR(events, population * 20.0, 0.02 * population * 20);
}

TEST(PholdTest, AnotherSeedIsAnotherTrace) {
  Params other = kParams;
  other.seed = 2;
  EXPECT_NE(TraceHash(other, kEnd, 1), TraceHash(kParams, kEnd, 1));
}

}  // namespace
}  // namespace tessera::phold
