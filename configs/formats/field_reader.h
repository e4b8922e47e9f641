// Checks single values of a foreign YAML file and collects every fault, so that one pass over a
// file tells all that is wrong with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "configs/yaml_tree.h"

namespace tessera {

// "a b c" as a list.
std::vector<std::string> Words(absl::string_view divided_by_spaces);

class FieldReader {
 public:
  explicit FieldReader(absl::string_view file) : file_(file) {}

  // Faults from here on begin with "SUBJECT: " (the case they belong to); "" ends that.
  void SetSubject(absl::string_view subject);
  // All faults, one a line; OK when there are none. At most 100 are written out.
  absl::Status status() const;

  template <typename At>
  void Fail(const At& at, absl::string_view message) {
    Add(YamlError(file_, at, absl::StrCat(subject_, message)));
  }

  // False when `value` is not a mapping. Missing and unknown keys are faults.
  bool Keys(const YamlValue& value, absl::string_view where,
            const std::vector<std::string>& required, const std::vector<std::string>& accepted);
  // Each answers nothing after a fault, and for null without one: whether null is allowed depends
  // on more than the value.
  std::optional<int64_t> Count(const YamlValue& value, absl::string_view where);  // Zero or more.
  std::optional<double> Amount(const YamlValue& value, absl::string_view where);  // Zero or more.
  std::optional<bool> Bool(const YamlValue& value, absl::string_view where);
  std::optional<std::string> Text(const YamlValue& value, absl::string_view where);
  // One of `names`, divided by spaces.
  std::optional<std::string> Name(const YamlValue& value, absl::string_view where,
                                  absl::string_view names);
  // One of the keys of a folder of configs.
  std::optional<std::string> Key(const YamlValue& value, absl::string_view where,
                                 const std::vector<std::string>& keys, absl::string_view folder);

 private:
  void Add(const absl::Status& fault) { faults_.emplace_back(fault.message()); }
  template <typename T>
  std::optional<T> Take(absl::StatusOr<T> value);

  std::string file_;
  std::string subject_;
  std::vector<std::string> faults_;
};

}  // namespace tessera
