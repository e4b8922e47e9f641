#include "core/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tessera {
namespace {

using testing::ElementsAre;

// Keeps what it receives.
class Recorder : public Component {
 public:
  void OnEvent(const Event& event, Engine& engine) override {
    EXPECT_EQ(engine.now(), event.time);
    payloads.push_back(event.payload);
  }
  std::vector<uint64_t> payloads;
};

constexpr Time At(int64_t picoseconds) { return Time(Duration(picoseconds)); }

TEST(EngineTest, DeliversInTheOrderOfTimeThenSourceThenSequence) {
  Recorder first;
  Recorder second;
  Engine engine;
  const ComponentId a = engine.Add(first);
  const ComponentId b = engine.Add(second);
  engine.Send(b, At(10), a, 0, 4);
  engine.Send(a, At(10), a, 0, 2);
  engine.Send(a, At(10), a, 0, 3);
  engine.Send(b, At(5), a, 0, 1);
  engine.Run();
  EXPECT_THAT(first.payloads, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(second.payloads, ElementsAre());
  EXPECT_EQ(engine.events_delivered(), 4);
  EXPECT_TRUE(engine.empty());
  EXPECT_EQ(engine.now(), At(10));
}

TEST(EngineTest, RunStopsBeforeAnEventPastTheEndAndGoesOnLater) {
  Recorder recorder;
  Engine engine;
  const ComponentId id = engine.Add(recorder);
  engine.Send(id, At(10), id, 0, 1);
  engine.Send(id, At(11), id, 0, 2);
  engine.Run(At(10));
  EXPECT_THAT(recorder.payloads, ElementsAre(1));
  EXPECT_FALSE(engine.empty());
  engine.Run();
  EXPECT_THAT(recorder.payloads, ElementsAre(1, 2));
}

class Stopper : public Component {
 public:
  void OnEvent(const Event& event, Engine& engine) override {
    if (event.payload == 2) engine.RequestStop();
  }
};

TEST(EngineTest, AStopRequestEndsTheRunAfterTheEventInHand) {
  Stopper stopper;
  Engine engine;
  const ComponentId id = engine.Add(stopper);
  for (uint64_t i = 1; i <= 4; ++i) engine.Send(id, At(7), id, 0, i);
  engine.Run();
  EXPECT_TRUE(engine.stop_requested());
  EXPECT_EQ(engine.events_delivered(), 2);
  EXPECT_FALSE(engine.empty());
}

TEST(EngineDeathTest, AnEventForThePastIsABug) {
  Recorder recorder;
  Engine engine;
  const ComponentId id = engine.Add(recorder);
  engine.Send(id, At(10), id, 0, 1);
  engine.Run();
  EXPECT_DEATH(engine.Send(id, At(9), id, 0, 1), "check failed: at >= now_");
}

}  // namespace
}  // namespace tessera
