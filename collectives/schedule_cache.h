// Schedules by what they are made of, so that equal requests share one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "collectives/algorithm.h"
#include "fabric/schedule.h"

namespace tessera {

class ScheduleCache {
 public:
  // Errors: as of BuildSchedule.
  absl::StatusOr<std::shared_ptr<const Schedule>> Get(const std::string& algorithm,
                                                      const AlgorithmInput& input);

 private:
  // All that a schedule depends on.
  using Key = std::tuple<std::string, CollectiveOp, Bytes, std::vector<int>, std::vector<Bytes>>;

  std::map<Key, std::shared_ptr<const Schedule>> schedules_;
};

}  // namespace tessera
