// The plan: how a job is sharded over ranks.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "configs/model_spec.h"
#include "configs/system_spec.h"
#include "core/units.h"

namespace tessera {

// Axes of parallelism. A rank's group along an axis are the ranks that differ from it there only.
enum class Axis : uint8_t { kTensor, kContext, kExpert, kData, kPipeline, kExpertData, kWorld };
inline constexpr int kAxisCount = 7;
const char* AxisName(Axis axis);

// Where a rank stands. Rank order is tier-aware by default: tensor fastest, then context, then
// data (expert inside data), then pipeline.
struct RankCoordinates {
  int tensor = 0, context = 0, data = 0, pipeline = 0;
  int expert = 0;  // Position in its expert group.
};

class RankMap {
 public:
  RankMap(const PlanSpec& plan, int ranks);
  int ranks() const { return ranks_; }
  RankCoordinates Coordinates(int rank) const;
  int RankAt(const RankCoordinates& c) const;
  // The group of `rank` along `axis` in group order, itself included.
  std::vector<int> Group(int rank, Axis axis) const;
  int GroupSize(Axis axis) const;

 private:
  PlanSpec plan_;
  int ranks_;
};

// Checks that `plan` is legal for the model on so many ranks; fills what the plan leaves open
// (data = what remains). The error names the rule that is broken and what would be accepted.
absl::StatusOr<PlanSpec> CompletePlan(const PlanSpec& plan, const ModelSpec& model, int ranks);

}  // namespace tessera
