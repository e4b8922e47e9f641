// From single errors to the scores of a file: absolute errors are averaged within each group first,
// so that a curve of many points weighs as much as a single figure, then median and 90th percentile
// are taken over the groups.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "study/case_result.h"

namespace tessera {

struct Score {
  std::string subset;
  int groups = 0;
  int cases = 0;                    // Results that ran and have an error.
  double median_abs_log_error = 0;  // Nearest rank.
  double p90_abs_log_error = 0;     // Nearest rank.
};

// The mean absolute log error of one group and its worst case.
struct GroupError {
  std::string group;
  int cases = 0;
  double mean_abs_log_error = 0;
  double mean_log_error = 0;  // Signed: above zero, predictions are too large.
  std::string worst_case;
  double worst_log_error = 0;
};

// Groups of the results of `subset` ("" for all) that have an error, by name.
std::vector<GroupError> GroupErrors(absl::Span<const CaseResult> results, absl::string_view subset);

// One score a subset that any result names, in the order A, A>=16MiB, A<16MiB, B, C, D,
// D_single_node, E, then kinds and the rest by name. A subset in which nothing ran has no groups
// and zero errors.
std::vector<Score> Scores(absl::Span<const CaseResult> results);

}  // namespace tessera
