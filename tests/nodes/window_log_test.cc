#include "nodes/window_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::HasSubstr;

// Partition 0 of two; partition 1 says what the test wants.
class OtherPartition : public WindowTransport {
 public:
  int self() const override { return 0; }
  int partitions() const override { return 2; }
  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override {
    sent_.push_back(outgoing[0]);
    return absl::OkStatus();
  }
  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override {
    ++exchanges;
    incoming[1] = sent_.front();
    sent_.pop_front();
    incoming[1].events = {Event{.time = Time(Duration(window)), .payload = 7}};
    incoming[1].stop = stop;
    ++window;
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    return std::vector<std::string>{mine, "other"};
  }
  int64_t window = 0;
  int exchanges = 0;
  bool stop = false;

 private:
  std::deque<WindowMessage> sent_;
};

class WindowLogTest : public testing::Test {
 protected:
  WindowLogTest() : path_("/tmp/tessera_log_test." + std::to_string(getpid())), folder_(path_) {
    std::filesystem::remove_all(path_);
  }
  ~WindowLogTest() override { std::filesystem::remove_all(path_); }

  // Windows from `first` on, through a log that repeats `repeated`.
  void Run(int64_t repeated, int64_t first, int64_t windows) {
    auto transport = LoggedTransport::Open(other_, folder_.LogOf(0), repeated);
    ASSERT_THAT(transport, IsOk());
    for (int64_t w = first; w < first + windows; ++w) {
      std::vector<WindowMessage> incoming(2);
      ASSERT_THAT((*transport)->Exchange(Outgoing(w), incoming), IsOk());
      ASSERT_EQ(incoming[1].events.size(), 1U);
      EXPECT_EQ(incoming[1].events[0].time, Time(Duration(w)));
    }
  }
  static std::vector<WindowMessage> Outgoing(int64_t window) {
    const WindowMessage message{.window = window,
                                .next = Time(Duration(10 * window)),
                                .earliest_sent = {Time::max(), Time(Duration(window))}};
    return {message, message};
  }
  void Cut(int64_t bytes) {
    const std::string log = folder_.LogOf(0);
    std::filesystem::resize_file(log, std::filesystem::file_size(log) - static_cast<size_t>(bytes));
  }
  void Damage(const std::string& file, int64_t at) {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(at);
    f.put('\xa5');
  }

  std::string path_;
  CheckpointFolder folder_;
  CheckpointIdentity identity_{.build = "b", .scenario = "s", .processes = 1};
  OtherPartition other_;
};

TEST_F(WindowLogTest, ARunThatGoesOnIsToldWhatItWasTold) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 5);
  EXPECT_EQ(other_.exchanges, 5);
  other_.window = 3;
  Run(3, 0, 6);  // Three of them again, then three new ones.
  EXPECT_EQ(other_.exchanges, 8);
  EXPECT_EQ(ReadWindowLog(folder_.LogOf(0), 2)->size(), 6U);
}

TEST_F(WindowLogTest, WindowsMayBeReceivedLaterThanTheNextIsSent) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 3);
  auto transport = LoggedTransport::Open(other_, folder_.LogOf(0), 3);
  ASSERT_THAT(transport, IsOk());
  std::vector<WindowMessage> incoming(2);
  ASSERT_THAT((*transport)->SendWindow(Outgoing(0)), IsOk());
  for (int64_t w = 0; w < 5; ++w) {
    ASSERT_THAT((*transport)->SendWindow(Outgoing(w + 1)), IsOk());
    ASSERT_THAT((*transport)->ReceiveWindow(incoming), IsOk());
    EXPECT_EQ(incoming[0].window, w);
  }
  EXPECT_EQ(other_.exchanges, 3 + 2);
  const auto log = ReadWindowLog(folder_.LogOf(0), 2);
  ASSERT_THAT(log, IsOk());
  EXPECT_EQ(log->size(), 5U);
}

TEST_F(WindowLogTest, ACutOffWindowDoesNotCount) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 5);
  Cut(3);
  EXPECT_EQ(ReadWindowLog(folder_.LogOf(0), 2)->size(), 4U);
  other_.window = 4;
  Run(4, 0, 5);
  EXPECT_EQ(ReadWindowLog(folder_.LogOf(0), 2)->size(), 5U);
}

TEST_F(WindowLogTest, DamageIsRefused) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 5);
  Damage(folder_.LogOf(0), 40);
  EXPECT_THAT(ReadWindowLog(folder_.LogOf(0), 2).status().ToString(),
              HasSubstr("window 0: a record has a wrong checksum"));
}

TEST_F(WindowLogTest, AStopIsNotKept) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 2);
  other_.stop = true;
  Run(2, 0, 3);
  EXPECT_EQ(ReadWindowLog(folder_.LogOf(0), 2)->size(), 2U);
}

TEST_F(WindowLogTest, ARunThatDiffersFromItsCheckpointIsFound) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 2);
  auto transport = LoggedTransport::Open(other_, folder_.LogOf(0), 2);
  ASSERT_THAT(transport, IsOk());
  std::vector<WindowMessage> incoming(2);
  EXPECT_THAT((*transport)->Exchange(Outgoing(1), incoming).ToString(),
              HasSubstr("differs from its checkpoint in window 0"));
}

TEST_F(WindowLogTest, AForeignCheckpointIsRefused) {
  EXPECT_THAT(folder_.Continue(identity_).status().ToString(), HasSubstr("no checkpoint here"));
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  EXPECT_EQ(*folder_.Continue(identity_), 0);
  EXPECT_THAT(folder_.Begin(identity_).ToString(), HasSubstr("add --resume"));
  CheckpointIdentity other = identity_;
  other.scenario = "t";
  EXPECT_THAT(folder_.Continue(other).status().ToString(), HasSubstr("of another scenario"));
  other = identity_;
  other.build = "c";
  EXPECT_THAT(folder_.Continue(other).status().ToString(), HasSubstr("another build"));
  other = identity_;
  other.processes = 3;
  EXPECT_THAT(folder_.Continue(other).status().ToString(), HasSubstr("of 1 processes, not 3"));
  Damage(path_ + "/checkpoint", 40);
  EXPECT_THAT(folder_.Continue(identity_).status().ToString(), HasSubstr("wrong checksum"));
  Damage(path_ + "/checkpoint", 2);
  EXPECT_THAT(folder_.Continue(identity_).status().ToString(),
              HasSubstr("no checkpoint of this version"));
}

TEST_F(WindowLogTest, ARunThatEndsWellLeavesNothing) {
  ASSERT_THAT(folder_.Begin(identity_), IsOk());
  Run(0, 0, 1);
  folder_.Remove(1);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace tessera
