// What the reader of published measurements says of a fault: where, what was found, what is
// accepted.
#include <gtest/gtest.h>

#include "tests/configs/measurement_text.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

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

}  // namespace
}  // namespace tessera
