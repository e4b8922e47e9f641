// How validation results are shown: a table by group for people, one JSON document for programs,
// and Markdown for the documents.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "study/case_result.h"

namespace tessera {

// {"cases": [...], "scores": [...]}; keys as the documents say, units are those of the files.
std::string ValidationJson(absl::Span<const CaseResult> results);

struct ValidationTextOptions {
  bool cases = true;  // Every case; false: groups, worst cases, scores and counts.
  int worst = 15;     // Cases in the list of the largest errors.
};
std::string ValidationText(absl::Span<const CaseResult> results,
                           const ValidationTextOptions& options);

// Scores, errors by group, counts by kind and status, and why cases did not run.
std::string ValidationMarkdown(absl::Span<const CaseResult> results);

}  // namespace tessera
