// A YAML document as a tree of values that know where they stand in the file, for readers that
// report faults as `file:line:column: what was found; what would be accepted`. Built on the event
// interface of yaml-cpp, whose node interface accepts duplicate keys in silence and keeps no
// positions for keys.
//
// Faults of the text itself, each a clean error: not YAML, a second document, a duplicate key, a
// key that is not a scalar, custom tags, nesting beyond `max_depth`, a file beyond `max_bytes`, and
// more than `max_values` values, what anchors and aliases copy included. Lines are
// bounded too (1 MiB), as are brackets that are open at a time (1000), so that time and memory are
// O(bytes + max_values).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tessera {

struct YamlValue {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };
  struct Member;

  Kind kind = Kind::kNull;
  bool quoted = false;  // A scalar in quotes, or a block scalar, is text whatever it looks like.
  int line = 0;         // From 1.
  int column = 0;       // From 1.
  std::string scalar;
  std::vector<YamlValue> items;
  std::vector<Member> members;  // In file order.

  bool is_null() const { return kind == Kind::kNull; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  // The member's value, or null. O(members).
  const YamlValue* Find(absl::string_view key) const;
};

struct YamlValue::Member {
  std::string key;
  int line = 0;
  int column = 0;
  YamlValue value;
};

struct YamlLimits {
  int64_t max_bytes = int64_t{16} << 20;
  int max_depth = 64;
  int64_t max_values = 250'000;
  bool first_of_duplicates = false;  // A key may stand twice: Find answers the first.
};

// `file` only names the text in errors.
absl::StatusOr<YamlValue> ParseYaml(absl::string_view text, absl::string_view file,
                                    const YamlLimits& limits = {});
// The size is checked before anything is read. Errors: absent (NotFound), too large, a folder.
absl::StatusOr<std::string> ReadTextFile(const std::string& path,
                                         int64_t max_bytes = YamlLimits().max_bytes);
absl::StatusOr<YamlValue> ReadYamlFile(const std::string& path, const YamlLimits& limits = {});

// InvalidArgument "file:line:column: message".
absl::Status YamlError(absl::string_view file, const YamlValue& at, absl::string_view message);
absl::Status YamlError(absl::string_view file, const YamlValue::Member& at,
                       absl::string_view message);

// The value as an error message quotes it: null, 12, "text", a list, a mapping.
std::string DescribeYaml(const YamlValue& value);

// Plain scalars by their look (YAML 1.1 as far as files of this field use it); quoted ones are
// text. `what` opens the message: "task.ranks". Errors: FILE:L:C: WHAT: FOUND is not a ...;
// accepted: ...
absl::StatusOr<int64_t> YamlInteger(absl::string_view file, const YamlValue& value,
                                    absl::string_view what);
absl::StatusOr<double> YamlNumber(absl::string_view file, const YamlValue& value,
                                  absl::string_view what);  // Finite.
absl::StatusOr<bool> YamlBool(absl::string_view file, const YamlValue& value,
                              absl::string_view what);
absl::StatusOr<std::string> YamlText(absl::string_view file, const YamlValue& value,
                                     absl::string_view what);  // Not a number, bool or null.

}  // namespace tessera
