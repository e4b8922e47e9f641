#include "configs/formats/measurements.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/configs/measurement_text.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(MeasurementsTest, EveryPartOfACaseIsRead) {
  const auto cases = Read(kCollective);
  ASSERT_THAT(cases, IsOk());
  ASSERT_EQ(cases->size(), 1U);
  const MeasurementCase& c = cases->front();
  EXPECT_EQ(c.id, "A-x");
  EXPECT_EQ(c.category, 'A');
  EXPECT_EQ(c.group, "nccl_tests/h100");
  EXPECT_EQ(c.trust, 3);
  EXPECT_TRUE(c.usable);
  EXPECT_EQ(c.machine.chip, "nvidia_h100_sxm_80gb");
  EXPECT_EQ(c.machine.chips, 16);
  EXPECT_EQ(c.machine.chips_per_node, 8);
  EXPECT_EQ(c.machine.topology, "nvswitch");
  EXPECT_FALSE(c.machine.scale_up_gbytes_per_s.has_value());
  ASSERT_TRUE(c.machine.scale_out.has_value());
  EXPECT_EQ(c.machine.scale_out->link, "infiniband_ndr400");
  EXPECT_EQ(c.machine.scale_out->gbits_per_s_per_nic, 400);
  EXPECT_EQ(c.machine.scale_out->nics_per_node, 8);
  EXPECT_EQ(c.task.kind(), TaskKind::kCollective);
  EXPECT_EQ(c.task.TextOr("operation", ""), "all_reduce");
  EXPECT_EQ(c.task.Integer("message_bytes"), 1048576);
  EXPECT_EQ(c.task.TextOr("algorithm", "auto"), "auto");
  EXPECT_EQ(c.task.TextOr("library_version", ""), "2.18.3");
  EXPECT_FALSE(c.task.BoolOr("in_place", true));
  EXPECT_FALSE(c.task.Has("precision"));
  EXPECT_EQ(c.measured.quantity, "time");
  EXPECT_DOUBLE_EQ(c.measured.value, 51e-6);
}

TEST(MeasurementsTest, ATrainingStepNamesItsModelAndNumbers) {
  const auto cases = Read(WithTask(kTraining));
  ASSERT_THAT(cases, IsOk());
  const MeasuredTask& task = cases->front().task;
  EXPECT_EQ(std::get<std::string>(task.model()), "gpt3_175b");
  EXPECT_EQ(task.Number("capacity_factor"), 1.25);
  EXPECT_EQ(task.IntegerOr("cp", 1), 1);
}

TEST(MeasurementsTest, AnInlineModelIsRead) {
  const auto cases = Read(Spoilt(WithTask(kTraining), "model: gpt3_175b",
                                 "model: {layers: 4, hidden: 64, heads: 8, kv_heads: 2, head_dim: "
                                 "8, ffn: 256, gated_ffn: true, vocab: 1000, tied_embeddings: "
                                 "false, experts: 8, experts_per_token: 2, expert_ffn: 32}"));
  ASSERT_THAT(cases, IsOk());
  const auto& model = std::get<ModelSpec>(cases->front().task.model());
  EXPECT_EQ(model.layers, 4);
  EXPECT_TRUE(model.gated_ffn);
  ASSERT_TRUE(model.moe.has_value());
  EXPECT_EQ(model.moe->experts_per_token, 2);
  EXPECT_EQ(model.moe->moe_layers, 4) << "left out: every layer";
}

TEST(MeasurementsTest, ACaseThatIsNotUsableMayLeaveTheSetupOpen) {
  std::string text = Spoilt(kCollective, "usable: true", "usable: false");
  text = Spoilt(text, "why_not: null", "why_not: the size is not published");
  text = Spoilt(text, "message_bytes: 1048576", "message_bytes: null");
  text = Spoilt(text, "chips: 16", "chips: null");
  const auto cases = Read(text);
  ASSERT_THAT(cases, IsOk());
  EXPECT_EQ(cases->front().why_not, "the size is not published");
  EXPECT_EQ(cases->front().machine.chips, 0);
  EXPECT_FALSE(cases->front().task.Has("message_bytes"));
}

TEST(MeasurementsTest, AllFaultsOfAFileAreListed) {
  std::string text = Spoilt(kCollective, "trust: 3", "trust: 4");
  text = Spoilt(text, "ranks: 16", "ranks: 8");
  EXPECT_THAT(Read(text), FailsWith("m.yaml:25:10: A-x: trust: found 4; accepted: 1, 2 or 3\n"
                                    "m.yaml:17:12: A-x: task.ranks: found 8; accepted: chips * "
                                    "ranks_per_chip, 16"));
}

TEST(MeasurementsTest, AFileThatIsNoListIsRefused) {
  EXPECT_THAT(Read("a: 1\n"), FailsWith("m.yaml:1:1: found a mapping; accepted: a list of cases"));
  EXPECT_THAT(Read(""), FailsWith("m.yaml:1:1: found null; accepted: a list of cases"));
  EXPECT_THAT(Read("- 12\n"), FailsWith("m.yaml:1:3: case: found 12; accepted: a mapping"));
}

TEST(MeasurementsTest, AnIdStandsOnce) {
  EXPECT_THAT(Read(absl::StrCat(kCollective, kCollective)),
              FailsWith("m.yaml:29:7: A-x: id: stands twice; accepted: a new one"));
}

TEST(MeasurementsTest, EveryKindHasItsRule) {
  ASSERT_EQ(KindRules().size(), static_cast<size_t>(kTaskKindCount));
  for (int i = 0; i < kTaskKindCount; ++i) {
    const KindRule& rule = RuleOf(static_cast<TaskKind>(i));
    EXPECT_FALSE(rule.quantities.empty()) << rule.name;
    EXPECT_FALSE(rule.keys.empty()) << rule.name;
  }
}

}  // namespace
}  // namespace tessera
