#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "configs/formats/astra.h"
#include "configs/formats/field_reader.h"

namespace tessera {
namespace {

constexpr const char* kImplementationKeys[kAstraCollectives] = {
    "all-reduce-implementation", "all-gather-implementation", "reduce-scatter-implementation",
    "all-to-all-implementation"};
constexpr absl::string_view kAlgorithms =
    "ring, direct, directK, halvingDoubling, doubleBinaryTree, oneRing, oneDirect, oneDirectK, "
    "oneHalvingDoubling";
// Read by ASTRA-sim and without effect on times, or on by their absence only.
constexpr const char* kWithoutEffect[] = {"trace-enabled",
                                          "track-local-mem",
                                          "local-mem-trace-filename",
                                          "local-reduction-delay",
                                          "L",
                                          "o",
                                          "g",
                                          "G"};

std::optional<AstraImplementation> ParseImplementation(absl::string_view name) {
  AstraImplementation out;
  absl::string_view rest = name;
  if (absl::ConsumePrefix(&rest, "oneRing")) {
    out.flat = true;
  } else if (absl::ConsumePrefix(&rest, "oneHalvingDoubling")) {
    out.flat = true;
    out.algorithm = AstraAlgorithm::kHalvingDoubling;
  } else if (absl::ConsumePrefix(&rest, "oneDirect")) {
    out.flat = true;
    out.algorithm = AstraAlgorithm::kDirect;
  } else if (absl::ConsumePrefix(&rest, "direct")) {
    out.algorithm = AstraAlgorithm::kDirect;
  } else if (absl::ConsumePrefix(&rest, "halvingDoubling")) {
    out.algorithm = AstraAlgorithm::kHalvingDoubling;
  } else if (absl::ConsumePrefix(&rest, "doubleBinaryTree")) {
    out.algorithm = AstraAlgorithm::kDoubleBinaryTree;
  } else if (!absl::ConsumePrefix(&rest, "ring")) {
    return std::nullopt;
  }
  if (rest.empty()) return out;
  const bool windowed = out.algorithm == AstraAlgorithm::kDirect &&
                        absl::SimpleAtoi(rest, &out.window) && out.window > 0 &&
                        out.window < 100'000;
  return windowed ? std::optional(out) : std::nullopt;
}

std::vector<AstraImplementation> Implementations(const YamlValue& list, absl::string_view key,
                                                 FieldReader& fields) {
  std::vector<AstraImplementation> out;
  if (!list.is_list()) {
    fields.Fail(list, absl::StrCat(key, ": found ", DescribeYaml(list),
                                   "; accepted: a list with one name a dimension"));
    return out;
  }
  for (const YamlValue& item : list.items) {
    const std::optional<AstraImplementation> one = ParseImplementation(item.scalar);
    if (one) {
      out.push_back(*one);
    } else {
      fields.Fail(item,
                  absl::StrCat(key, ": found ", DescribeYaml(item), "; accepted: ", kAlgorithms));
    }
  }
  return out;
}

// Walks over the members of a system file.
class SystemFields {
 public:
  SystemFields(const YamlValue& root, FieldReader& fields) : root_(root), fields_(fields) {}

  const YamlValue* Find(absl::string_view key) {
    read_.emplace_back(key);
    const YamlValue* value = root_.Find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  int64_t CountOr(absl::string_view key, int64_t least, int64_t otherwise) {
    const YamlValue* value = Find(key);
    if (value == nullptr) return otherwise;
    const std::optional<int64_t> count = fields_.Count(*value, key);
    if (!count || (*count >= least && *count <= kMost)) return count.value_or(otherwise);
    fields_.Fail(*value,
                 absl::StrCat(key, ": found ", *count, "; accepted: ", least, " to ", kMost));
    return otherwise;
  }
  double AmountOr(absl::string_view key, double otherwise) {
    const YamlValue* value = Find(key);
    return value == nullptr ? otherwise : fields_.Amount(*value, key).value_or(otherwise);
  }
  // 0 or 1, or any other number for true.
  bool Flag(absl::string_view key) { return AmountOr(key, 0) != 0; }
  std::string NameOr(absl::string_view key, absl::string_view names, absl::string_view otherwise) {
    const YamlValue* value = Find(key);
    if (value == nullptr) return std::string(otherwise);
    return fields_.Name(*value, key, names).value_or(std::string(otherwise));
  }
  void Require(absl::string_view key, absl::string_view accepted) {
    if (root_.Find(key) != nullptr) return;
    fields_.Fail(root_, absl::StrCat("key \"", key, "\" is missing; accepted: ", accepted));
  }
  void Refuse(absl::string_view key, absl::string_view why) {
    if (const YamlValue* value = Find(key)) fields_.Fail(*value, absl::StrCat(key, ": ", why));
  }
  std::vector<std::string> Unread() const {
    std::vector<std::string> unread;
    for (const YamlValue::Member& member : root_.members) {
      if (std::find(read_.begin(), read_.end(), member.key) == read_.end()) {
        unread.push_back(member.key);
      }
    }
    return unread;
  }

 private:
  static constexpr int64_t kMost = 1'000'000'000;
  const YamlValue& root_;
  FieldReader& fields_;
  std::vector<std::string> read_;
};

void RefuseWhatIsNotThere(SystemFields& members) {
  for (const char* key : kImplementationKeys) {
    members.Refuse(absl::StrCat(key, "-custom"),
                   "algorithms given as traces are not there; accepted: the native ones");
  }
  members.Refuse("per-node-custom-implementation",
                 "algorithms given as traces are not there; accepted: the native ones");
  if (members.Flag("model-shared-bus")) {
    members.Refuse("model-shared-bus", "the LogGP memory bus is not there; accepted: 0");
  }
  for (const char* key : kWithoutEffect) members.Find(key);
}

}  // namespace

AstraSystem AstraSystemOf(const YamlValue& value, FieldReader& fields) {
  AstraSystem system;
  if (!value.is_map()) {
    fields.Fail(value, absl::StrCat("found ", DescribeYaml(value), "; accepted: a JSON object"));
    return system;
  }
  SystemFields members(value, fields);
  members.Require("scheduling-policy", "LIFO, FIFO, EXPLICIT");
  members.Require("preferred-dataset-splits", "chunks of a collective, from 1 on");
  members.Require("local-mem-bw", "GB/s, above zero");
  const std::string policy = members.NameOr("scheduling-policy", "LIFO FIFO EXPLICIT", "LIFO");
  if (policy == "FIFO") system.policy = AstraPolicy::kFifo;
  if (policy == "EXPLICIT") system.policy = AstraPolicy::kExplicit;
  system.endpoint_delay_ns = members.CountOr("endpoint-delay", 0, 10);
  system.active_chunks = static_cast<int>(members.CountOr("active-chunks-per-dimension", 1, 1));
  system.splits = members.CountOr("preferred-dataset-splits", 1, 1);
  for (size_t i = 0; i < kAstraCollectives; ++i) {
    const char* key = kImplementationKeys[i];
    if (const YamlValue* list = members.Find(key)) {
      system.implementations[i] = Implementations(*list, key, fields);
    }
  }
  system.all_reduce_by_parts = members.NameOr("collective-optimization", "baseline localBWAware",
                                              "baseline") == "localBWAware";
  system.local_memory_gb_per_s = members.AmountOr("local-mem-bw", 1);
  if (system.local_memory_gb_per_s == 0) {
    fields.Fail(*value.Find("local-mem-bw"), "local-mem-bw: found 0; accepted: GB/s, above zero");
  }
  system.roofline = members.Flag("roofline-enabled");
  system.peak_tflops = members.AmountOr("peak-perf", 0);
  if (system.roofline && system.peak_tflops == 0) {
    fields.Fail(value, "peak-perf: found none; accepted with roofline-enabled: TFLOPS, above zero");
  }
  system.replay_only = members.Flag("replay-only");
  RefuseWhatIsNotThere(members);
  system.ignored = members.Unread();
  return system;
}

absl::StatusOr<AstraSystem> ReadAstraSystem(const YamlValue& root, absl::string_view file) {
  FieldReader fields(file);
  AstraSystem system = AstraSystemOf(root, fields);
  if (!fields.status().ok()) return fields.status();
  return system;
}

}  // namespace tessera
