// What `validate` says about one published or computed figure: what was expected, what this project
// predicts, and how far they are apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tessera {

enum class CaseStatus {
  kOk,           // Ran.
  kFailed,       // Ran and broke.
  kUnsupported,  // Cannot be expressed yet; the reason says what is missing.
  kExcluded,     // The file says that it is not usable, or its trust is 1.
};
absl::string_view CaseStatusName(CaseStatus status);  // "ok", "failed", ...

struct CaseResult {
  std::string id;  // A case of several points yields CASE/POINT for each.
  std::string file;
  std::string category;  // "A" to "E", or "oracle".
  std::string kind;      // Task kind, or the schema of the oracle file.
  std::string group;     // Errors are averaged inside a group first.
  int trust = 0;
  CaseStatus status = CaseStatus::kUnsupported;
  std::string reason;  // "" when ok.
  std::string quantity;
  std::string unit;
  double expected = 0;
  std::optional<double> predicted;  // Same unit as expected; present when ok.
  std::optional<double> tolerance;  // Of oracles; the unit depends on the schema.
  std::optional<bool> pass;         // Of oracles that ran.
  std::string note;                 // How it was run, where the case leaves that open.
  // Scores that this result counts in: category, kind and what divides them further.
  std::vector<std::string> subsets;
};

// ln(predicted / expected); absent unless both are above zero.
std::optional<double> LogError(const CaseResult& result);

}  // namespace tessera
