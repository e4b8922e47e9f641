#include "study/process_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

class ProcessPoolTest : public testing::TestWithParam<int> {};

TEST_P(ProcessPoolTest, ResultsComeByIndexWhateverTheNumberOfJobs) {
  std::vector<int> progress;
  const auto results = MapInProcesses(
      20, [](int i) { return std::string(static_cast<size_t>(i) * 10'000, 'x'); },
      {.jobs = GetParam(), .on_progress = [&](int done) { progress.push_back(done); }});
  ASSERT_THAT(results, IsOk());
  ASSERT_EQ(results->size(), 20U);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ((*results)[i]->size(), i * 10'000);
  EXPECT_EQ(progress.size(), 20U);
  EXPECT_EQ(progress.back(), 20);
}

TEST_P(ProcessPoolTest, APieceThatDiesLosesItselfOnly) {
  const auto results = MapInProcesses(9,
                                      [](int i) {
                                        TESSERA_CHECK(i % 4 != 1);
                                        if (i == 3) raise(SIGKILL);
                                        if (i == 7) _exit(3);
                                        return absl::StrCat(i);
                                      },
                                      {.jobs = GetParam()});
  ASSERT_THAT(results, IsOk());
  EXPECT_THAT((*results)[1], FailsContaining("i % 4 != 1"));
  EXPECT_THAT((*results)[3], FailsWith("ended by Killed"));
  EXPECT_THAT((*results)[5], FailsContaining("i % 4 != 1"));
  EXPECT_THAT((*results)[7], FailsWith("ended by exit"));
  for (const size_t i : {0U, 2U, 4U, 6U, 8U}) EXPECT_EQ(*(*results)[i], absl::StrCat(i));
}

INSTANTIATE_TEST_SUITE_P(Jobs, ProcessPoolTest, testing::Values(1, 3, 50));

TEST(ProcessPoolStopTest, AStopLeavesTheRestCancelled) {
  std::atomic<bool> stop = false;
  const auto results = MapInProcesses(
      5,
      [](int i) {
        if (i == 2) pause();  // Ends only by being killed.
        return std::string("done");
      },
      {.jobs = 1, .on_progress = [&](int done) { stop = done == 2; }, .stop = &stop});
  ASSERT_THAT(results, IsOk());
  EXPECT_EQ(*(*results)[1], "done");
  EXPECT_THAT((*results)[2], FailsWith("interrupted"));
  EXPECT_THAT((*results)[4], FailsWith("interrupted"));
}

TEST(ProcessPoolStopTest, NothingToDoIsNoWork) {
  const auto results = MapInProcesses(0, [](int) { return std::string(); }, {});
  ASSERT_THAT(results, IsOk());
  EXPECT_TRUE(results->empty());
}

}  // namespace
}  // namespace tessera
