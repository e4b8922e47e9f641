// Cases of published measurements as text, for tests of their reader.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "configs/formats/measurements.h"

namespace tessera {

inline const KnownNames kNames = {.chips = {"nvidia_a100_sxm_80gb", "nvidia_h100_sxm_80gb"},
                                  .links = {"infiniband_ndr400", "nvlink4"},
                                  .models = {"llama3p1_70b", "gpt3_175b"}};

// A usable case; tests spoil one line of it.
inline constexpr absl::string_view kCollective = R"(- id: A-x
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

inline constexpr absl::string_view kTraining = R"(  task:
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

inline absl::StatusOr<std::vector<MeasurementCase>> Read(absl::string_view text) {
  const absl::StatusOr<YamlValue> root = ParseYaml(text, "m.yaml");
  if (!root.ok()) return root.status();
  return ReadMeasurements(*root, "m.yaml", kNames);
}

inline std::string Spoilt(absl::string_view text, absl::string_view line, absl::string_view by) {
  EXPECT_NE(text.find(line), absl::string_view::npos) << line;
  return absl::StrReplaceAll(text, {{line, by}});
}

inline std::string WithTask(absl::string_view task) {
  const size_t begin = kCollective.find("  task:");
  const size_t end = kCollective.find("  as_published:");
  return absl::StrCat(kCollective.substr(0, begin), task, kCollective.substr(end));
}

}  // namespace tessera
