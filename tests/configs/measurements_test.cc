#include "configs/formats/measurements.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

const KnownNames kNames = {.chips = {"nvidia_a100_sxm_80gb", "nvidia_h100_sxm_80gb"},
                           .links = {"infiniband_ndr400", "nvlink4"},
                           .models = {"llama3p1_70b", "gpt3_175b"}};

// A usable case; the tests below spoil one line of it.
constexpr absl::string_view kCollective = R"(- id: A-x
  category: A
  group: nccl_tests/h100
  system: 16x H100
  machine:
    chip: nvidia_h100_sxm_80gb
    chips: 16
    ranks_per_chip: 1
    chips_per_node: 8
    topology: nvswitch
    shape: null
    scale_up_gbytes_per_s_per_direction: null
    scale_out: {link: infiniband_ndr400, gbits_per_s_per_nic: 400, nics_per_node: 8}
  task:
    kind: collective
    operation: all_reduce
    ranks: 16
    ranks_per_node: 8
    message_bytes: 1048576
    in_place: false
    library_version: 2.18.3
  measured: {quantity: time, value: 5.1e-05, unit: s}
  as_published: {quantity: time, value: 51, unit: us}
  source: somewhere
  trust: 3
  usable: true
  why_not: null
  notes: ''
)";

constexpr absl::string_view kTraining = R"(  task:
    kind: training_step
    model: gpt3_175b
    precision: bf16
    seq_len: 2048
    global_batch: 64
    tp: 8
    pp: 2
    dp: 1
    moe_routing: capacity
    capacity_factor: 1.25
    flops_convention: model
  measured: {quantity: flops_per_s_per_chip, value: 2.5e+14, unit: flop/s}
)";

absl::StatusOr<std::vector<MeasurementCase>> Read(absl::string_view text) {
  const absl::StatusOr<YamlValue> root = ParseYaml(text, "m.yaml");
  if (!root.ok()) return root.status();
  return ReadMeasurements(*root, "m.yaml", kNames);
}

std::string Spoilt(absl::string_view text, absl::string_view line, absl::string_view by) {
  EXPECT_NE(text.find(line), absl::string_view::npos) << line;
  return absl::StrReplaceAll(text, {{line, by}});
}

std::string WithTask(absl::string_view task) {
  const size_t begin = kCollective.find("  task:");
  const size_t end = kCollective.find("  as_published:");
  return absl::StrCat(kCollective.substr(0, begin), task, kCollective.substr(end));
}

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

struct Fault {
  const char* line;
  const char* by;
  const char* message;
};

class CollectiveFaultTest : public testing::TestWithParam<Fault> {};
TEST_P(CollectiveFaultTest, IsReportedWithPlaceAndRemedy) {
  EXPECT_THAT(Read(Spoilt(kCollective, GetParam().line, GetParam().by)),
              FailsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Case, CollectiveFaultTest,
    testing::Values(
        Fault{"id: A-x", "id: F-x",
              "m.yaml:1:7: id: found \"F-x\"; accepted: a letter from A to E, a hyphen, then "
              "letters, digits, \"_\", \".\", \"+\" or \"-\""},
        Fault{"category: A", "category: B",
              "m.yaml:2:13: A-x: category: found \"B\"; accepted: A, as the id begins"},
        Fault{"group: nccl_tests/h100", "group: NCCL",
              "m.yaml:3:10: A-x: group: found \"NCCL\"; accepted: family/system in lower-case "
              "letters, digits and \"_\""},
        Fault{"source: somewhere", "source: 12",
              "m.yaml:24:11: A-x: source: found 12; accepted: text"},
        Fault{"usable: true", "usable: maybe",
              "m.yaml:26:11: A-x: usable: found \"maybe\"; accepted: true or false\n"
              "m.yaml:27:12: A-x: why_not: found no reason; accepted: text, as the case is not "
              "usable"},
        Fault{"why_not: null", "why_not: because",
              "m.yaml:27:12: A-x: why_not: found a reason in a usable case; accepted: null"},
        Fault{"  notes: ''", "  note: ''",
              "m.yaml:1:3: A-x: case: key \"notes\" is missing\n"
              "m.yaml:28:3: A-x: case: unknown key \"note\"; did you mean \"notes\"?"},
        Fault{"value: 5.1e-05", "value: 0",
              "m.yaml:22:37: A-x: measured.value: found 0; accepted: a number above zero"},
        Fault{"value: 5.1e-05, unit: s", "value: 5.1e-05, unit: us",
              "m.yaml:22:24: A-x: measured: found time in us; accepted for collective: time in s"},
        Fault{"value: 51,", "value: -51,",
              "m.yaml:23:41: A-x: as_published.value: found -51; accepted: zero or more"}));

INSTANTIATE_TEST_SUITE_P(
    Machine, CollectiveFaultTest,
    testing::Values(
        Fault{"chip: nvidia_h100_sxm_80gb", "chip: nvidia_h100_sxm",
              "m.yaml:6:11: A-x: machine.chip: found \"nvidia_h100_sxm\"; accepted: a name in "
              "configs/chips; did you mean \"nvidia_h100_sxm_80gb\"?"},
        Fault{"chip: nvidia_h100_sxm_80gb", "chip: null",
              "m.yaml:6:11: A-x: machine.chip: found null; accepted in a usable case: a name in "
              "configs/chips"},
        Fault{"chips: 16", "chips: 0",
              "m.yaml:7:12: A-x: machine.chips: found 0; accepted: 1 to 16777216"},
        Fault{"chips_per_node: 8", "chips_per_node: 8.5",
              "m.yaml:9:21: A-x: machine.chips_per_node: found 8.5; accepted: a whole number"},
        Fault{"topology: nvswitch", "topology: unknown",
              "m.yaml:10:15: A-x: machine.topology: found \"unknown\"; accepted in a usable case: "
              "any other"},
        Fault{"topology: nvswitch", "topology: torus",
              "m.yaml:10:15: A-x: machine.topology: found \"torus\"; accepted: single, nvswitch, "
              "full_mesh, pair, ring, line, mesh2d, torus2d, torus3d, hybrid_cube_mesh, pcie, "
              "dragonfly, wafer, unknown"},
        Fault{"shape: null", "shape: [2, 2]",
              "m.yaml:11:12: A-x: machine.shape: multiplies to 4; accepted: the product is "
              "chips_per_node, 8"},
        Fault{"shape: null", "shape: 8",
              "m.yaml:11:12: A-x: machine.shape: found 8; accepted: null or a list of whole "
              "numbers above zero"},
        Fault{"link: infiniband_ndr400", "link: infiniband_ndr",
              "m.yaml:13:23: A-x: machine.scale_out.link: found \"infiniband_ndr\"; accepted: a "
              "name in configs/links; did you mean \"infiniband_ndr400\"?"},
        Fault{"nics_per_node: 8}", "nics: 8}",
              "m.yaml:13:16: A-x: machine.scale_out: key \"nics_per_node\" is missing\n"
              "m.yaml:13:68: A-x: machine.scale_out: unknown key \"nics\"; did you mean "
              "\"nics_per_node\"?"},
        Fault{"scale_out: {link: infiniband_ndr400, gbits_per_s_per_nic: 400, nics_per_node: 8}",
              "scale_out: null",
              "m.yaml:6:5: A-x: machine: found 16 chips in nodes of 8 and no scale_out; accepted: "
              "a scale_out that joins them"}));

INSTANTIATE_TEST_SUITE_P(
    Task, CollectiveFaultTest,
    testing::Values(
        Fault{"kind: collective", "kind: collectives",
              "m.yaml:15:11: A-x: task.kind: found \"collectives\"; accepted: collective, "
              "moe_exchange, expert_load, training_step, inference_batch, inference_serving, "
              "decode_step, prefill_step, gemm, grouped_gemm, attention, memory_copy, "
              "link_latency, noc"},
        Fault{"operation: all_reduce", "operation: allreduce",
              "m.yaml:16:16: A-x: task.operation: found \"allreduce\"; accepted: all_reduce, "
              "all_gather, reduce_scatter, all_to_all, send_recv"},
        Fault{"message_bytes: 1048576", "message_bytes: -1",
              "m.yaml:19:20: A-x: task.message_bytes: found -1; accepted: zero or more"},
        Fault{"message_bytes: 1048576", "message_bytes: 1 MiB",
              "m.yaml:19:20: A-x: task.message_bytes: found \"1 MiB\"; accepted: a whole number"},
        Fault{"message_bytes: 1048576", "message_bytes: null",
              "m.yaml:19:20: A-x: task.message_bytes: found null; accepted: a value, as the case "
              "is usable"},
        Fault{"in_place: false", "in_place: null",
              "m.yaml:20:15: A-x: task.in_place: found null; accepted: a value, or leave the key "
              "out"},
        Fault{"in_place: false", "inplace: false",
              "m.yaml:20:5: A-x: task: unknown key \"inplace\"; did you mean \"in_place\"?"},
        Fault{"library_version: 2.18.3", "library_version: 2.18",
              "m.yaml:21:22: A-x: task.library_version: found 2.18; accepted: text"}));

class TrainingFaultTest : public testing::TestWithParam<Fault> {};
TEST_P(TrainingFaultTest, IsReportedWithPlaceAndRemedy) {
  EXPECT_THAT(Read(Spoilt(WithTask(kTraining), GetParam().line, GetParam().by)),
              FailsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Training, TrainingFaultTest,
    testing::Values(
        Fault{"model: gpt3_175b", "model: gpt3_175B",
              "m.yaml:16:12: A-x: task.model: found \"gpt3_175B\"; accepted: a name in "
              "configs/models; did you mean \"gpt3_175b\"?"},
        Fault{"model: gpt3_175b",
              "model: {layers: 4, hidden: 64, heads: 8, kv_heads: 2, head_dim: 8, ffn: 256, "
              "gated_ffn: 1, vocab: 1000}",
              "m.yaml:16:12: A-x: task.model: key \"tied_embeddings\" is missing\n"
              "m.yaml:16:93: A-x: task.model.gated_ffn: found 1; accepted: true or false"},
        Fault{"dp: 1", "dp: 2",
              "m.yaml:15:5: A-x: task: found tp * pp * dp * cp = 32; accepted: chips * "
              "ranks_per_chip, 16"},
        Fault{"    flops_convention: model\n", "",
              "m.yaml:15:5: A-x: task: key \"flops_convention\" is missing; flops_per_s_per_chip "
              "needs it"},
        Fault{"capacity_factor: 1.25", "capacity_factor: .inf",
              "m.yaml:24:22: A-x: task.capacity_factor: found \".inf\"; accepted: a finite number"},
        Fault{"precision: bf16", "precision: bf8",
              "m.yaml:17:16: A-x: task.precision: found \"bf8\"; accepted: fp32, tf32, fp16, bf16, "
              "fp8, mxfp8, nvfp4, mxfp4, int8, bfp8, bfp8_bfp4, mixed_fp16"}));

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
