// One case of a measurement or oracle file: what can be said of it before it runs, and running it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/catalog.h"
#include "configs/formats/measurements.h"
#include "configs/formats/oracles.h"
#include "study/case_result.h"

namespace tessera {

struct ValidationCase {
  std::vector<CaseResult> results;  // One a point; without predictions.
  std::string search_text;          // "id group kind chip", for filters.
  std::variant<MeasurementCase, OracleCase> input;
};

// Cases of one file in its order. Errors: unreadable, or against its schema, with all faults.
absl::StatusOr<std::vector<ValidationCase>> ReadValidationFile(const std::string& path,
                                                               const Catalog& catalog);

// False for cases that the file excludes.
bool MayRun(const ValidationCase& c);

// The results with predictions, or with the reason why there are none.
std::vector<CaseResult> RunValidationCase(const ValidationCase& c, const Catalog& catalog);

}  // namespace tessera
