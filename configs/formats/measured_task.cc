#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/formats/measurement_parts.h"
#include "core/check.h"

namespace tessera {
namespace {

bool Holds(KeyType type, const MeasuredTask::Value& value) {
  switch (type) {
    case KeyType::kInteger:
      return std::holds_alternative<int64_t>(value);
    case KeyType::kNumber:
      return std::holds_alternative<double>(value);
    case KeyType::kBool:
      return std::holds_alternative<bool>(value);
    case KeyType::kText:
    case KeyType::kName:
      return std::holds_alternative<std::string>(value);
    case KeyType::kModel:
      return false;
  }
  return false;
}

const KindRule* ReadKind(const YamlValue& value, FieldReader& fields) {
  const YamlValue* kind = value.Find("kind");
  std::vector<std::string> accepted;
  for (const KindRule& rule : KindRules()) {
    if (kind != nullptr && kind->is_scalar() && kind->scalar == rule.name) return &rule;
    accepted.emplace_back(rule.name);
  }
  fields.Fail(kind == nullptr ? value : *kind,
              absl::StrCat("task.kind: found ", kind == nullptr ? "none" : DescribeYaml(*kind),
                           "; accepted: ", absl::StrJoin(accepted, ", ")));
  return nullptr;
}

void ReadModel(const YamlValue& value, const KnownNames& names, MeasuredTask& task,
               FieldReader& fields) {
  if (value.is_map()) return task.SetModel(ReadInlineModel(value, fields));
  const auto key = fields.Key(value, "task.model", names.models, "configs/models");
  if (key) task.SetModel(*key);
}

void ReadValue(const YamlValue& value, const KeyRule& rule, MeasuredTask& task,
               FieldReader& fields) {
  const std::string what = absl::StrCat("task.", rule.name);
  const auto set = [&](auto given) {
    if (given) task.Set(rule.name, *std::move(given));
  };
  switch (rule.type) {
    case KeyType::kInteger:
      return set(fields.Count(value, what));
    case KeyType::kNumber:
      return set(fields.Amount(value, what));
    case KeyType::kBool:
      return set(fields.Bool(value, what));
    case KeyType::kText:
      return set(fields.Text(value, what));
    case KeyType::kName:
      return set(fields.Name(value, what, rule.names));
    case KeyType::kModel:
      return;
  }
}

bool RunsAModel(TaskKind kind) {
  return kind == TaskKind::kTrainingStep || kind == TaskKind::kInferenceBatch ||
         kind == TaskKind::kInferenceServing || kind == TaskKind::kDecodeStep ||
         kind == TaskKind::kPrefillStep;
}

}  // namespace

MeasuredTask ReadMeasuredTask(const YamlValue& value, const KnownNames& names, bool usable,
                              FieldReader& fields) {
  const KindRule* kind = ReadKind(value, fields);
  if (kind == nullptr) return MeasuredTask();
  MeasuredTask task(kind->kind);
  std::vector<std::string> required = {"kind"};
  std::vector<std::string> accepted = {"kind"};
  for (const KeyRule& rule : kind->keys) {
    accepted.emplace_back(rule.name);
    if (rule.required) required.emplace_back(rule.name);
  }
  fields.Keys(value, "task", required, accepted);
  for (const KeyRule& rule : kind->keys) {
    const YamlValue* given = value.Find(rule.name);
    if (given == nullptr) continue;
    if (given->is_null() && (usable || !rule.required)) {
      fields.Fail(*given, absl::StrCat("task.", rule.name, ": found null; accepted: ",
                                       rule.required ? "a value, as the case is usable"
                                                     : "a value, or leave the key out"));
    } else if (rule.type == KeyType::kModel) {
      if (!given->is_null()) ReadModel(*given, names, task, fields);
    } else {
      ReadValue(*given, rule, task, fields);
    }
  }
  return task;
}

MeasuredTask ReadTaskPart(const YamlValue& value, FieldReader& fields) {
  const KindRule* kind = ReadKind(value, fields);
  if (kind == nullptr) return MeasuredTask();
  MeasuredTask task(kind->kind);
  std::vector<std::string> accepted = {"kind"};
  for (const KeyRule& rule : kind->keys) {
    if (rule.type != KeyType::kModel) accepted.emplace_back(rule.name);
  }
  if (!fields.Keys(value, "task", {"kind"}, accepted)) return task;
  for (const KeyRule& rule : kind->keys) {
    const YamlValue* given = value.Find(rule.name);
    if (given == nullptr) continue;
    if (given->is_null()) {
      fields.Fail(*given, absl::StrCat("task.", rule.name, ": found null; accepted: a value"));
    }
    ReadValue(*given, rule, task, fields);
  }
  return task;
}

void CheckRanks(const YamlValue& task, const MeasurementCase& c, FieldReader& fields) {
  const int64_t ranks = c.machine.chips * c.machine.ranks_per_chip;
  if (ranks == 0) return;
  const TaskKind kind = c.task.kind();
  const auto equal = [&](absl::string_view key) {
    const std::optional<int64_t> given = c.task.Integer(key);
    if (!given || *given == ranks) return;
    fields.Fail(*task.Find(key), absl::StrCat("task.", key, ": found ", *given,
                                              "; accepted: chips * ranks_per_chip, ", ranks));
  };
  if (kind == TaskKind::kCollective) equal("ranks");
  if (kind == TaskKind::kMoeExchange) equal("ep");
  if (!RunsAModel(kind) || !c.task.Has("tp") || !c.task.Has("pp") || !c.task.Has("dp")) return;
  double product = static_cast<double>(c.task.IntegerOr("cp", 1));
  for (const char* key : {"tp", "pp", "dp"}) {
    product *= static_cast<double>(c.task.IntegerOr(key, 1));
  }
  if (product != static_cast<double>(ranks)) {
    fields.Fail(task, absl::StrCat("task: found tp * pp * dp * cp = ", product,
                                   "; accepted: chips * ranks_per_chip, ", ranks));
  }
}

void CheckNeededKeys(const YamlValue& task, const MeasurementCase& c, FieldReader& fields) {
  const auto need = [&](absl::string_view key, absl::string_view because) {
    if (c.task.Has(key)) return;
    fields.Fail(task, absl::StrCat("task: key \"", key, "\" is missing; ", because, " needs it"));
  };
  const TaskKind kind = c.task.kind();
  if (kind == TaskKind::kMoeExchange && c.measured.quantity == "exchange_bandwidth") {
    need("bandwidth_counts", "exchange_bandwidth");
  }
  if (kind == TaskKind::kTrainingStep && c.measured.quantity == "flops_per_s_per_chip") {
    need("flops_convention", "flops_per_s_per_chip");
  }
  if (kind == TaskKind::kInferenceServing) {
    const std::string load = c.task.TextOr("load", "");
    if (load == "concurrency") need("concurrency", "load concurrency");
    if (load == "request_rate") need("requests_per_s", "load request_rate");
  }
}

void CheckQuantityUnit(const YamlValue& measured, const MeasurementCase& c, FieldReader& fields) {
  std::vector<std::string> accepted;
  for (const QuantityRule& rule : RuleOf(c.task.kind()).quantities) {
    if (c.measured.quantity == rule.name && c.measured.unit == rule.unit) return;
    accepted.push_back(absl::StrCat(rule.name, " in ", rule.unit));
  }
  const YamlValue* quantity = measured.Find("quantity");
  fields.Fail(quantity == nullptr ? measured : *quantity,
              absl::StrCat("measured: found ", c.measured.quantity, " in ", c.measured.unit,
                           "; accepted for ", TaskKindName(c.task.kind()), ": ",
                           absl::StrJoin(accepted, ", ")));
}

void MeasuredTask::SetAllOf(const MeasuredTask& other) {
  TESSERA_CHECK(other.kind_ == kind_);
  for (const auto& [key, value] : other.values_) values_[key] = value;
}

void MeasuredTask::Set(absl::string_view key, Value value) {
  const KeyRule* rule = RuleOf(kind_).Find(key);
  TESSERA_CHECK(rule != nullptr && Holds(rule->type, value));
  values_.insert_or_assign(std::string(key), std::move(value));
}

bool MeasuredTask::Has(absl::string_view key) const {
  TESSERA_CHECK(RuleOf(kind_).Find(key) != nullptr);
  return values_.find(std::string(key)) != values_.end();
}

template <typename T>
std::optional<T> MeasuredTask::Get(absl::string_view key) const {
  const KeyRule* rule = RuleOf(kind_).Find(key);
  TESSERA_CHECK(rule != nullptr && Holds(rule->type, Value(T())));
  const auto it = values_.find(std::string(key));
  if (it == values_.end()) return std::nullopt;
  return std::get<T>(it->second);
}

std::optional<int64_t> MeasuredTask::Integer(absl::string_view key) const {
  return Get<int64_t>(key);
}

int64_t MeasuredTask::IntegerOr(absl::string_view key, int64_t otherwise) const {
  return Get<int64_t>(key).value_or(otherwise);
}

std::optional<double> MeasuredTask::Number(absl::string_view key) const { return Get<double>(key); }

bool MeasuredTask::BoolOr(absl::string_view key, bool otherwise) const {
  return Get<bool>(key).value_or(otherwise);
}

std::string MeasuredTask::TextOr(absl::string_view key, absl::string_view otherwise) const {
  return Get<std::string>(key).value_or(std::string(otherwise));
}

}  // namespace tessera
