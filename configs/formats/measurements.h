// Reader of published-measurement files: a YAML list of cases, each a machine, a task, and what was
// measured on it. Every key of every kind is checked; a file with faults yields them all, one a
// line, as FILE:LINE:COLUMN: CASE: what was found; what would be accepted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/formats/measurement_schema.h"
#include "configs/model_spec.h"
#include "configs/yaml_tree.h"

namespace tessera {

// What a case may refer to: the keys of configs/chips, configs/links and configs/models.
struct KnownNames {
  std::vector<std::string> chips;
  std::vector<std::string> links;
  std::vector<std::string> models;
};

struct MeasuredScaleOut {
  std::string link;                           // Key of configs/links.
  std::optional<double> gbits_per_s_per_nic;  // Absent: of the link or the chip.
  std::optional<int64_t> nics_per_node;
};

struct MeasuredMachine {
  std::string chip;  // "" only in cases that are not usable; the same holds for the zeros below.
  int64_t chips = 0;
  int64_t ranks_per_chip = 0;
  int64_t chips_per_node = 0;                   // As built; may exceed `chips`.
  std::string topology;                         // One of MachineTopologyNames().
  std::vector<int> shape;                       // Empty: not published.
  std::optional<double> scale_up_gbytes_per_s;  // Per chip and direction.
  std::optional<MeasuredScaleOut> scale_out;
};

// The keys of one task as its kind has them. Asking for a key that the kind lacks, or with another
// type, is a fault of the program.
class MeasuredTask {
 public:
  using Value = std::variant<int64_t, double, bool, std::string>;
  using Model = std::variant<std::monostate, std::string, ModelSpec>;  // Absent, key, inline.

  explicit MeasuredTask(TaskKind kind = TaskKind::kCollective) : kind_(kind) {}
  TaskKind kind() const { return kind_; }
  const Model& model() const { return model_; }

  bool Has(absl::string_view key) const;
  std::optional<int64_t> Integer(absl::string_view key) const;
  int64_t IntegerOr(absl::string_view key, int64_t otherwise) const;
  std::optional<double> Number(absl::string_view key) const;
  bool BoolOr(absl::string_view key, bool otherwise) const;
  std::string TextOr(absl::string_view key, absl::string_view otherwise) const;

  void Set(absl::string_view key, Value value);
  // All that `other` has but its model; it is of the same kind.
  void SetAllOf(const MeasuredTask& other);
  void SetModel(Model model) { model_ = std::move(model); }

 private:
  template <typename T>
  std::optional<T> Get(absl::string_view key) const;

  TaskKind kind_;
  Model model_;
  std::map<std::string, Value, std::less<>> values_;
};

struct MeasuredQuantity {
  std::string quantity;
  double value = 0;
  std::string unit;
};

struct MeasurementCase {
  std::string id;
  char category = 'A';
  std::string group;  // family/system: scores average inside a group first.
  std::string system;
  MeasuredMachine machine;
  MeasuredTask task;
  MeasuredQuantity measured;
  int trust = 0;
  bool usable = false;
  std::string why_not;
  std::string source;
  std::string notes;
  int line = 0;
};

// `root` is the parsed file; `file` names it in errors.
absl::StatusOr<std::vector<MeasurementCase>> ReadMeasurements(const YamlValue& root,
                                                              absl::string_view file,
                                                              const KnownNames& names);

}  // namespace tessera
