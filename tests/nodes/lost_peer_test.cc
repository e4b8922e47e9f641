// How a process learns, on other threads than the one that simulates, that another one is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <string>

#include "nodes/alarm.h"
#include "nodes/idle_watch.h"
#include "nodes/lifeline.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// False: not raised within ten seconds.
bool WaitFor(const Alarm& alarm) {
  pollfd item{alarm.fd(), POLLIN, 0};
  return poll(&item, 1, 10'000) == 1;
}

TEST(AlarmTest, KeepsItsFirstCause) {
  Alarm alarm;
  EXPECT_THAT(alarm.status(), IsOk());
  alarm.Raise(absl::UnavailableError("lost process 2"));
  alarm.Raise(absl::UnavailableError("lost process 3"));
  EXPECT_TRUE(WaitFor(alarm));
  EXPECT_THAT(alarm.status(), FailsWith("lost process 2"));
}

class LifelineTest : public testing::Test {
 protected:
  LifelineTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  std::array<int, 2> ends_{};
};

TEST_F(LifelineTest, CarriesTheCause) {
  const Lifeline lifeline(ends_[1], "process 0");
  EXPECT_THAT(lifeline.alarm().status(), IsOk());
  for (const std::string part : {"lost process", " 2\n"}) {
    ASSERT_EQ(write(ends_[0], part.data(), part.size()), static_cast<ssize_t>(part.size()));
  }
  EXPECT_TRUE(WaitFor(lifeline.alarm()));
  EXPECT_THAT(lifeline.alarm().status(), FailsWith("lost process 2"));
  close(ends_[0]);
}

TEST_F(LifelineTest, BreaksWithItsStarter) {
  const Lifeline lifeline(ends_[1], "process 0 (pid 7)");
  close(ends_[0]);
  EXPECT_TRUE(WaitFor(lifeline.alarm()));
  EXPECT_THAT(lifeline.alarm().status(), FailsContaining("lost process 0 (pid 7): "));
}

TEST(IdleWatchTest, GivesUpForAnOwnerWhoDoesNotComeBack) {
  // The text alone: threads that share a status count its owners in absl, where the thread
  // sanitizer does not see it.
  std::promise<std::string> given_up;
  IdleWatch watch(
      [] { return absl::UnavailableError("lost process 2"); },
      [&](const absl::Status& status) { given_up.set_value(std::string(status.message())); });
  EXPECT_EQ(given_up.get_future().get(), "lost process 2");
}

TEST(IdleWatchTest, LeavesWhatIsInUseAloneAndStopsInTime) {
  std::atomic<int> looks = 0;
  std::atomic<bool> in_use = false;
  std::promise<void> looked;
  IdleWatch watch(
      [&] {
        EXPECT_FALSE(in_use);
        if (++looks == 1) looked.set_value();
        return absl::OkStatus();
      },
      [](const absl::Status&) { FAIL() << "nothing was lost"; });
  looked.get_future().wait();
  {
    const auto use = watch.Use();
    in_use = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    in_use = false;
  }
  watch.End();
}

}  // namespace
}  // namespace tessera
