// Typed access to the members of a JSON object whose other members do not matter. Private to the
// room.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "configs/yaml_tree.h"

namespace tessera {

// The first fault is kept; what is asked for after it, or is at fault, is answered with the
// default or zero. A member that is null counts as left out.
class JsonFields {
 public:
  // Both outlive this.
  JsonFields(const YamlValue& object, const std::string& file) : object_(object), file_(file) {}

  const absl::Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }

  bool Has(absl::string_view key) const { return Member(key) != nullptr; }
  const YamlValue* Member(absl::string_view key) const;

  // Whole numbers from 1 (or 0) to 2^27. `key` may name alternatives: "n_layer|num_layers".
  int Count(absl::string_view key);
  int CountOr(absl::string_view key, int otherwise);
  bool BoolOr(absl::string_view key, bool otherwise);
  std::string TextOr(absl::string_view key, absl::string_view otherwise);

  // Keeps the fault if it is the first; `key` gives the place, else the object.
  void Fail(absl::string_view key, absl::string_view message);

 private:
  struct Found {
    std::string key;
    const YamlValue* value = nullptr;
  };
  Found Find(absl::string_view alternatives) const;
  int CountOf(const Found& found, int least);

  const YamlValue& object_;
  const std::string& file_;
  absl::Status status_;
};

}  // namespace tessera
