#include "study/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class SweepTest : public testing::Test {
 protected:
  SweepTest() : folder_(fs::temp_directory_path() / ("tessera_sweep." + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Write("base.yaml",
          "system: dgx_h100\nmodel: llama3p1_8b\n"
          "inference: {batch: 8, prompt_tokens: 16, output_tokens: 2}\nplan: {tensor: 8}\n");
  }
  ~SweepTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  absl::StatusOr<SweepPlan> Plan(const std::string& text) const {
    Write("study.yaml", text);
    return LoadSweepPlan(folder_ / "study.yaml");
  }
  // All shards, a line each.
  int Lines() const {
    int lines = 0;
    for (const auto& shard : fs::directory_iterator(folder_ / "shards")) {
      std::ifstream file(shard.path());
      for (std::string line; std::getline(file, line);) ++lines;
    }
    return lines;
  }
  int CountInDatabase() const {
    sqlite3* database = nullptr;
    sqlite3_open((folder_ / "results.sqlite").c_str(), &database);
    int count = -1;
    sqlite3_exec(
        database, "select count(*) from results where status = 'ok' and makespan_s > 0",
        [](void* to, int, char** values, char**) {
          *static_cast<int*>(to) = std::stoi(values[0]);
          return 0;
        },
        &count, nullptr);
    sqlite3_close(database);
    return count;
  }

  const fs::path folder_;
  const Catalog catalog_{"configs"};
};

constexpr char kSix[] =
    "scenario: base.yaml\nset: {inference.output_tokens: 3}\n"
    "vary:\n  inference.batch: [8, 16, 32]\n  plan.tensor: [4, 8]\n";

TEST_F(SweepTest, APlanHasEveryCombination) {
  const auto plan = Plan(
      "scenario: base.yaml\nset: {a: 1}\nvary: {b: [x, y]}\npoints:\n- {c: 1}\n- {c: 2, d: '3'}\n");
  ASSERT_THAT(plan, IsOk());
  ASSERT_EQ(plan->points.size(), 4U);
  EXPECT_THAT(plan->points[0].overrides, ElementsAre("a=1", "c=1", "b=x"));
  EXPECT_THAT(plan->points[3].overrides, ElementsAre("a=1", "c=2", "d=\"3\"", "b=y"));
  EXPECT_NE(plan->points[0].key, plan->points[1].key);
}

TEST_F(SweepTest, FaultsOfAStudyHaveAPlace) {
  EXPECT_THAT(Plan("scenario: base.yaml\nvari: {}\n"),
              FailsContaining("study.yaml:2:1: unknown key \"vari\"; accepted: description"));
  EXPECT_THAT(Plan("scenario: none.yaml\n"),
              FailsContaining("study.yaml:1:11: scenario: there is no file"));
  EXPECT_THAT(Plan("scenario: base.yaml\nvary: {a: 3}\n"),
              FailsContaining("study.yaml:2:11: vary.a: 3 is not a list of values"));
  EXPECT_THAT(Plan("scenario: base.yaml\nvary: {a: [1, 1]}\n"),
              FailsContaining("the scenario with a=1 is there twice"));
  EXPECT_THAT(Plan("vary: {a: [1]}\n"), FailsContaining("scenario is missing"));
}

TEST_F(SweepTest, RunsEachScenarioOnceAndMergesThem) {
  const auto plan = Plan(kSix);
  ASSERT_THAT(plan, IsOk());
  const SweepStore store(folder_);
  const auto status = RunSweep(*plan, catalog_, store, {.jobs = 2});
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->done, 6);
  EXPECT_EQ(status->failed, 0);
  EXPECT_EQ(Lines(), 6);
  const auto again = RunSweep(*plan, catalog_, store, {.jobs = 2});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(Lines(), 6);  // Nothing was missing.
  const auto rows = SweepRows(*plan, store);
  ASSERT_THAT(rows, IsOk());
  ASSERT_THAT(store.Merge(*rows), IsOk());
  ASSERT_THAT(store.Merge(*rows), IsOk());
  EXPECT_EQ(CountInDatabase(), 6);
}

TEST_F(SweepTest, ATornLineCountsForNothing) {
  const auto plan = Plan(kSix);
  ASSERT_THAT(plan, IsOk());
  const SweepStore store(folder_);
  ASSERT_THAT(store.MakeDirectories(), IsOk());
  const SweepRow row{.key = plan->points[0].key, .overrides = "", .status = "ok", .message = ""};
  const std::string line = SweepRowJson(row);
  Write("shards/a.jsonl", line + "\n" + SweepRowJson({.key = plan->points[1].key}));
  Write("shards/b.jsonl", line.substr(0, line.size() / 2));
  const auto rows = SweepRows(*plan, store);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->size(), 1U);
}

TEST_F(SweepTest, TasksShareTheScenarios) {
  const auto plan = Plan(kSix);
  ASSERT_THAT(plan, IsOk());
  const SweepStore store(folder_);
  const auto one = RunSweep(*plan, catalog_, store, {.task = 1, .tasks = 4});
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(one->done, 2);  // Numbers 1 and 5.
  const auto rest = RunSweep(*plan, catalog_, store, {});
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->done, 6);
  EXPECT_EQ(Lines(), 6);
}

TEST_F(SweepTest, AScenarioThatCannotRunIsAFailedResult) {
  const auto plan = Plan("scenario: base.yaml\nvary: {plan.tensor: [8, 3]}\n");
  ASSERT_THAT(plan, IsOk());
  const SweepStore store(folder_);
  const auto status = RunSweep(*plan, catalog_, store, {});
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->failed, 1);
  const auto rows = SweepRows(*plan, store);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(rows->at(plan->points[1].key).message, HasSubstr("tensor"));
}

TEST_F(SweepTest, AnInterruptedSweepGoesOnLater) {
  const auto plan = Plan(kSix);
  ASSERT_THAT(plan, IsOk());
  const SweepStore store(folder_);
  std::atomic<bool> stop = false;
  const auto first =
      RunSweep(*plan, catalog_, store,
               {.on_progress = [&stop](const SweepStatus&) { stop = true; }, .stop = &stop});
  ASSERT_THAT(first, IsOk());
  EXPECT_GE(first->done, 1);
  EXPECT_LT(first->done, 6);
  const auto second = RunSweep(*plan, catalog_, store, {});
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->done, 6);
}

}  // namespace
}  // namespace tessera
