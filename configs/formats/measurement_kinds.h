// The rules of each family of task kinds, and what they are written with. Private to the room.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "configs/formats/measurement_schema.h"

namespace tessera {

// Each in the order of TaskKind; one after the other they are all.
std::vector<KindRule> ExchangeKinds();  // Collective to expert load.
std::vector<KindRule> ModelRunKinds();  // Training step to prefill step.
std::vector<KindRule> HardwareKinds();  // From gemm on: single operators, memories, links, NoCs.

inline constexpr absl::string_view kPrecisions =
    "fp32 tf32 fp16 bf16 fp8 mxfp8 nvfp4 mxfp4 int8 bfp8 bfp8_bfp4 mixed_fp16";

constexpr KeyRule Required(absl::string_view name, KeyType type = KeyType::kInteger) {
  return {.name = name, .type = type, .required = true, .names = ""};
}
constexpr KeyRule RequiredName(absl::string_view name, absl::string_view names) {
  return {.name = name, .type = KeyType::kName, .required = true, .names = names};
}
constexpr KeyRule Optional(absl::string_view name, KeyType type = KeyType::kInteger) {
  return {.name = name, .type = type, .required = false, .names = ""};
}
constexpr KeyRule OptionalName(absl::string_view name, absl::string_view names) {
  return {.name = name, .type = KeyType::kName, .required = false, .names = names};
}

}  // namespace tessera
