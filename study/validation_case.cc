#include "study/validation_case.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/formats/measurement_sources.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"
#include "study/oracle_run.h"
#include "study/prediction.h"

namespace tessera {
namespace {

constexpr int64_t kLargeMessage = int64_t{16} << 20;
constexpr int kOracleTrust = 3;

std::vector<std::string> SubsetsOf(const MeasurementCase& c) {
  std::vector<std::string> subsets = {std::string(1, c.category),
                                      std::string(TaskKindName(c.task.kind()))};
  if (c.category == 'A' && c.task.kind() == TaskKind::kCollective) {
    const bool large = c.task.IntegerOr("message_bytes", 0) >= kLargeMessage;
    subsets.emplace_back(large ? "A>=16MiB" : "A<16MiB");
  }
  if (c.category == 'D' && c.machine.chips <= c.machine.chips_per_node) {
    subsets.emplace_back("D_single_node");
  }
  return subsets;
}

ValidationCase CaseOf(const std::string& file, const MeasurementCase& c) {
  CaseResult known;
  known.id = c.id;
  known.file = file;
  known.category = std::string(1, c.category);
  known.kind = std::string(TaskKindName(c.task.kind()));
  known.group = c.group;
  known.trust = c.trust;
  known.quantity = c.measured.quantity;
  known.unit = c.measured.unit;
  known.expected = c.measured.value;
  known.subsets = SubsetsOf(c);
  if (!c.usable || c.trust == 1) {
    known.status = CaseStatus::kExcluded;
    known.reason = c.usable ? "trust 1" : absl::StrCat("not usable: ", c.why_not);
  }
  return {.results = {known},
          .search_text = absl::StrJoin({known.id, known.group, known.kind, c.machine.chip}, " "),
          .input = c};
}

ValidationCase CaseOf(const std::string& path, const std::string& schema, const OracleCase& c) {
  ValidationCase out;
  out.search_text = absl::StrJoin({c.name, schema}, " ");
  out.input = c;
  for (const OraclePoint& point : c.points) {
    CaseResult& known = out.results.emplace_back();
    known.id = absl::StrCat(c.name, "/", point.name);
    known.file = path;
    known.category = "oracle";
    known.kind = schema;
    known.group = c.name;
    known.trust = kOracleTrust;
    known.quantity = point.quantity;
    known.unit = point.unit;
    known.expected = point.expected;
    known.tolerance = point.tolerance;
    known.subsets = {schema};
  }
  return out;
}

// A model or a figure that is not there yet, as against a run that broke.
bool IsUnsupported(const absl::Status& status) {
  return absl::IsUnimplemented(status) || absl::IsFailedPrecondition(status);
}

void SetError(const absl::Status& status, CaseResult& result) {
  result.status = IsUnsupported(status) ? CaseStatus::kUnsupported : CaseStatus::kFailed;
  result.reason = std::string(status.message());
}

std::vector<CaseResult> Run(std::vector<CaseResult> results, const MeasurementCase& c,
                            const Catalog& catalog) {
  CaseResult& result = results.front();
  const absl::StatusOr<Prediction> prediction = Predict(c, catalog);
  if (!prediction.ok()) {
    SetError(prediction.status(), result);
  } else if (!std::isfinite(prediction->value) || prediction->value <= 0) {
    SetError(absl::InternalError(absl::StrCat("predicted ", prediction->value)), result);
  } else {
    result.status = CaseStatus::kOk;
    result.predicted = prediction->value;
    result.note = prediction->note;
  }
  return results;
}

std::vector<CaseResult> Run(std::vector<CaseResult> results, const OracleCase& c, const Catalog&) {
  const absl::StatusOr<std::vector<double>> predictions = RunOracle(c);
  for (size_t i = 0; i < results.size(); ++i) {
    CaseResult& result = results[i];
    if (!predictions.ok()) {
      SetError(predictions.status(), result);
      continue;
    }
    result.status = CaseStatus::kOk;
    result.predicted = (*predictions)[i];
    if (result.tolerance) {
      result.pass = std::fabs(*result.predicted - result.expected) <= *result.tolerance;
    }
  }
  return results;
}

}  // namespace

absl::StatusOr<std::vector<ValidationCase>> ReadValidationFile(const std::string& path,
                                                               const Catalog& catalog) {
  TESSERA_ASSIGN_OR_RETURN(const YamlValue root, ReadYamlFile(path, {.first_of_duplicates = true}));
  std::vector<ValidationCase> cases;
  if (root.is_map()) {
    TESSERA_ASSIGN_OR_RETURN(const OracleFile oracle, ReadOracle(root, path));
    for (const OracleCase& c : oracle.cases) cases.push_back(CaseOf(path, oracle.schema, c));
    return cases;
  }
  const KnownNames names = {
      .chips = catalog.ChipNames(), .links = catalog.LinkNames(), .models = catalog.ModelNames()};
  TESSERA_ASSIGN_OR_RETURN(std::vector<MeasurementCase> measured,
                           ReadMeasurements(root, path, names));
  TESSERA_ASSIGN_OR_RETURN(const std::vector<SourceRule> rules,
                           LoadSourceRules(catalog.directory()));
  ApplySourceRules(rules, absl::MakeSpan(measured));
  for (const MeasurementCase& c : measured) cases.push_back(CaseOf(path, c));
  return cases;
}

bool MayRun(const ValidationCase& c) {
  return !c.results.empty() && c.results.front().status != CaseStatus::kExcluded;
}

std::vector<CaseResult> RunValidationCase(const ValidationCase& c, const Catalog& catalog) {
  return std::visit([&](const auto& input) { return Run(c.results, input, catalog); }, c.input);
}

}  // namespace tessera
