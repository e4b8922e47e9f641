#include "configs/formats/measurement_sources.h"

#include <gtest/gtest.h>

#include "tests/configs/measurement_text.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

absl::StatusOr<std::vector<SourceRule>> ReadRules(absl::string_view text) {
  const absl::StatusOr<YamlValue> root = ParseYaml(text, "s.yaml");
  if (!root.ok()) return root.status();
  return ReadSourceRules(*root, "s.yaml");
}

// The case of the given text after the rules.
MeasuredTask TaskAfter(absl::string_view rules, absl::string_view text) {
  const auto read = ReadRules(rules);
  EXPECT_THAT(read, IsOk());
  auto cases = Read(text);
  EXPECT_THAT(cases, IsOk());
  ApplySourceRules(*read, absl::MakeSpan(*cases));
  return cases->front().task;
}

TEST(MeasurementSourcesTest, ASourceSetsKeysOfAllItsCasesOfAKind) {
  constexpr absl::string_view kRule =
      "- {source: some, why: its script says so, task: {kind: collective, algorithm: ring, "
      "in_place: true}}";
  const MeasuredTask task = TaskAfter(kRule, kCollective);
  EXPECT_EQ(task.TextOr("algorithm", ""), "ring");
  EXPECT_TRUE(task.BoolOr("in_place", false)) << "the case says false";
  EXPECT_EQ(task.IntegerOr("ranks", 0), 16);
}

TEST(MeasurementSourcesTest, OtherSourcesAndOtherKindsStayAsTheyAre) {
  EXPECT_FALSE(TaskAfter("- {source: elsewhere, why: x, task: {kind: collective, algorithm: ring}}",
                         kCollective)
                   .Has("algorithm"));
  EXPECT_EQ(
      TaskAfter("- {source: some, why: x, task: {kind: collective, ranks: 4}}", WithTask(kTraining))
          .IntegerOr("tp", 0),
      8);
}

TEST(MeasurementSourcesTest, FaultsAreListedWithTheirPlaces) {
  EXPECT_THAT(ReadRules("a: 1\n"), FailsWith("s.yaml:1:1: found a mapping; accepted: a list of "
                                             "sources"));
  EXPECT_THAT(ReadRules("- {source: null, why: x, task: {kind: collective, algorithm: rings}}\n"
                        "- {source: x, task: {kind: noc, bytes: null}}\n"),
              FailsWith("s.yaml:1:12: source: found null; accepted: text\n"
                        "s.yaml:1:62: task.algorithm: found \"rings\"; accepted: auto, ring, nvls, "
                        "nvls_tree, sharp, custom\n"
                        "s.yaml:2:3: rule: key \"why\" is missing\n"
                        "s.yaml:2:40: task.bytes: found null; accepted: a value"));
  EXPECT_THAT(ReadRules("- {source: x, why: x, task: {kind: training_step, model: gpt3_175b}}"),
              FailsContaining("task: unknown key \"model\"; accepted: kind, precision, seq_len"));
}

// What each shipped rule says of a case from its source; tests/study compares the predictions.
TEST(MeasurementSourcesTest, TheShippedOnesSayWhatTheirSourcesSay) {
  const auto rules = LoadSourceRules("configs");
  ASSERT_THAT(rules, IsOk());
  ASSERT_EQ(rules->size(), 2U);
  EXPECT_EQ(rules->at(0).task.TextOr("kernels_issued_by", ""), "one_thread_a_node");
  EXPECT_EQ(rules->at(1).task.TextOr("routing", ""), "balanced");
}

}  // namespace
}  // namespace tessera
