// What differs between two finished runs, and which causes make up the difference of their times.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tessera {

// A field that was asked differently, such as "plan.tensor" with "4" and "8".
struct RequestChange {
  std::string field;
  std::string before;
  std::string after;
};

// A quantity of both runs in SI units; a run that has none (no such axis, no such tier) counts 0.
struct ComparedQuantity {
  std::string name;
  std::string unit;  // "s", "bytes", "bytes/s", "tokens/s" or "ratio".
  double before = 0;
  double after = 0;
};

struct Comparison {
  bool same_result = false;  // Equal result hashes.
  std::vector<RequestChange> request;
  std::vector<ComparedQuantity> headline;
  // Parts of the average rank's time, the largest change first; they sum to the makespans.
  std::vector<ComparedQuantity> time;
  std::vector<ComparedQuantity> memory;  // Of the fullest chip, by class.
  std::vector<ComparedQuantity> tiers;   // Bytes moved.
  std::string bottleneck_before;
  std::string bottleneck_after;
};

// `before` and `after` are result.json files or folders that hold one. Errors: NotFound with the
// path; InvalidArgument where a file is no result of this version, with what the reader found.
absl::StatusOr<Comparison> CompareResults(const std::string& before, const std::string& after);

std::string ComparisonText(const Comparison& comparison);
std::string ComparisonJson(const Comparison& comparison);

}  // namespace tessera
