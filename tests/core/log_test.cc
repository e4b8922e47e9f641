#include "core/log.h"

#include <gtest/gtest.h>

#include <string>

#include "core/engine.h"
#include "core/running_clock.h"

namespace tessera {
namespace {

std::string LoggedBy(void (*write)()) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { SetLogLevel(LogLevel::kWarn); }
};

void WriteOneOfEach() {
  LogError("e");
  LogWarn("w {}");
  LogInfo("i");
  LogDebug("d");
}

TEST_F(LogTest, ShowsWarningsAndErrorsUnlessAskedForMore) {
  EXPECT_EQ(LoggedBy(WriteOneOfEach), "[error] e\n[warning] w {}\n");
  EXPECT_TRUE(LogEnabled(LogLevel::kWarn));
  EXPECT_FALSE(LogEnabled(LogLevel::kInfo));
}

TEST_F(LogTest, EachLevelShowsWhatIsGraver) {
  SetLogLevel(LogLevel::kDebug);
  EXPECT_EQ(LoggedBy(WriteOneOfEach), "[error] e\n[warning] w {}\n[info] i\n[debug] d\n");
  SetLogLevel(LogLevel::kInfo);
  EXPECT_EQ(LoggedBy(WriteOneOfEach), "[error] e\n[warning] w {}\n[info] i\n");
  SetLogLevel(LogLevel::kError);
  EXPECT_EQ(LoggedBy(WriteOneOfEach), "[error] e\n");
}

class Speaker : public Component {
 public:
  void OnEvent(const Event& /*event*/, Engine& /*engine*/) override { LogWarn("here"); }
};

TEST_F(LogTest, LinesCarryTheSimulatedTimeOfTheEngineOnThisThread) {
  const std::string logged = LoggedBy([] {
    Speaker speaker;
    Engine engine;
    const ComponentId id = engine.Add(speaker);
    engine.Send(id, Time(Duration(13'750'000'001'234)), id, 0, 0);
    engine.Run();
    LogWarn("after");
  });
  EXPECT_EQ(logged, "[warning] 13.750000001234 s: here\n[warning] after\n");
}

TEST(RunningClockTest, ARunInsideARunHidesTheOuterClockUntilItEnds) {
  const Time outer(Duration(1));
  const Time inner(Duration(2));
  EXPECT_EQ(RunningTime(), std::nullopt);
  {
    const RunningClock outer_clock(outer);
    {
      const RunningClock inner_clock(inner);
      EXPECT_EQ(RunningTime(), inner);
    }
    EXPECT_EQ(RunningTime(), outer);
  }
  EXPECT_EQ(RunningTime(), std::nullopt);
}

}  // namespace
}  // namespace tessera
