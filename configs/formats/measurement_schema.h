// The task kinds of published-measurement files: which keys each kind has, what they may hold, and
// which quantities it may report in which unit. Plain tables, so that the reader, its errors and
// the tests say the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace tessera {

enum class TaskKind : uint8_t {
  kCollective,
  kMoeExchange,
  kExpertLoad,
  kTrainingStep,
  kInferenceBatch,
  kInferenceServing,
  kDecodeStep,
  kPrefillStep,
  kGemm,
  kGroupedGemm,
  kAttention,
  kMemoryCopy,
  kLinkLatency,
  kNoc,
};
inline constexpr int kTaskKindCount = 14;

enum class KeyType : uint8_t {
  kInteger,  // Zero or more.
  kNumber,   // Finite, zero or more.
  kBool,
  kText,
  kName,   // One of `names`.
  kModel,  // A key of configs/models, or an inline mapping.
};

struct KeyRule {
  absl::string_view name;
  KeyType type = KeyType::kInteger;
  bool required = false;
  absl::string_view names = "";  // Of kName: accepted values, divided by spaces.
};

struct QuantityRule {
  absl::string_view name;
  absl::string_view unit;
};

struct KindRule {
  TaskKind kind = TaskKind::kCollective;
  absl::string_view name;
  std::vector<KeyRule> keys;
  std::vector<QuantityRule> quantities;

  const KeyRule* Find(absl::string_view key) const;  // Null when the kind has no such key.
};

// All kinds in the order of TaskKind.
absl::Span<const KindRule> KindRules();
const KindRule& RuleOf(TaskKind kind);
absl::string_view TaskKindName(TaskKind kind);

// Accepted values of machine.topology, divided by spaces.
absl::string_view MachineTopologyNames();
// Keys of an inline model; the first nine are required.
absl::Span<const KeyRule> InlineModelRules();

}  // namespace tessera
