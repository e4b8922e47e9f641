// What a source of published measurements says once of all its results, and their cases leave out
// or tell otherwise: keys that the tasks of all cases from there get.
// configs/measurement_sources.yaml lists the sources that do.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "configs/formats/measurements.h"
#include "configs/yaml_tree.h"

namespace tessera {

struct SourceRule {
  std::string source;  // A part of the `source` of the cases for which it holds.
  MeasuredTask task;   // The kind for which it holds, and the keys that it sets.
};

// The list of the folder of descriptions, and of a text that `file` names. Errors: unreadable, or
// all faults, each FILE:LINE:COLUMN: what was found; what would be accepted.
absl::StatusOr<std::vector<SourceRule>> LoadSourceRules(const std::string& configs);
absl::StatusOr<std::vector<SourceRule>> ReadSourceRules(const YamlValue& root,
                                                        absl::string_view file);

// Sets in the cases what their sources say; the source is right where the case says otherwise.
void ApplySourceRules(absl::Span<const SourceRule> rules, absl::Span<MeasurementCase> cases);

}  // namespace tessera
