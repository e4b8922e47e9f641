// One slice of a plan space, priced plan by plan; and how slices add up.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "partition/plan_evaluator.h"
#include "partition/plan_space.h"

namespace tessera {

struct PricedPlan {
  int64_t index = -1;
  int64_t step_ps = 0;
  int64_t memory_bytes = 0;

  // Faster; the first of equals.
  bool Before(const PricedPlan& other) const {
    return step_ps != other.step_ps ? step_ps < other.step_ps : index < other.index;
  }
};

struct ValueCount {
  int64_t plans = 0, illegal = 0, too_large = 0;
  PricedPlan best;             // index -1: none.
  int64_t first_illegal = -1;  // Index of a plan that breaks a rule.
  PricedPlan smallest;         // Of those that do not fit; step is not set.
};

struct ScanResult {
  int64_t illegal = 0, too_large = 0, priced = 0;
  std::vector<PricedPlan> fastest;              // In order, at most `keep`.
  std::vector<PricedPlan> front;                // Over time and memory, fastest first.
  std::vector<std::vector<ValueCount>> values;  // [part][value].

  explicit ScanResult(const PlanSpace& space);
  void Merge(const ScanResult& later, size_t keep);
};

class SpaceScan {
 public:
  SpaceScan(const ScenarioSpec& scenario, const ChipModel& chip, const PlanSpace& space,
            size_t keep)
      : space_(space), evaluator_(scenario, chip), keep_(keep) {}

  // Plans [first, end). Plans of one slice that share parts are priced together.
  absl::StatusOr<ScanResult> Scan(int64_t first, int64_t end);

 private:
  absl::Status Price(int64_t index, ScanResult& result);

  const PlanSpace& space_;
  PlanEvaluator evaluator_;
  size_t keep_;
};

// As one line of text.
std::string PackScan(const ScanResult& result);
absl::StatusOr<ScanResult> UnpackScan(const PlanSpace& space, absl::string_view text);

}  // namespace tessera
