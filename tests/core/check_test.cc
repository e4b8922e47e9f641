#include "core/check.h"

#include <gtest/gtest.h>

#include "core/engine.h"

namespace tessera {
namespace {

TEST(CheckTest, AConditionThatHoldsDoesNothing) { TESSERA_CHECK(1 + 1 == 2); }

TEST(CheckDeathTest, PrintsConditionFileAndLine) {
  EXPECT_DEATH(TESSERA_CHECK(1 + 1 == 3), "check_test.cc:[0-9]+: check failed: 1 \\+ 1 == 3\n");
}

class Breaker : public Component {
 public:
  void OnEvent(const Event& event, Engine& /*engine*/) override {
    TESSERA_CHECK(event.payload == 0);
  }
};

TEST(CheckDeathTest, PrintsTheSimulatedTimeOfTheEngineRunningOnThisThread) {
  Breaker breaker;
  Engine engine;
  const ComponentId id = engine.Add(breaker);
  engine.Send(id, Time(Duration(1234)), id, 0, 1);
  EXPECT_DEATH(engine.Run(),
               "check failed: event.payload == 0 at simulated time 0.000000001234 s\n");
}

}  // namespace
}  // namespace tessera
