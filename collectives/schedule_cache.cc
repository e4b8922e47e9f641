#include "collectives/schedule_cache.h"

#include <utility>

#include "core/status_macros.h"

namespace tessera {

absl::StatusOr<std::shared_ptr<const Schedule>> ScheduleCache::Get(const std::string& algorithm,
                                                                   const AlgorithmInput& input) {
  std::vector<int> numbers = {input.ranks, input.element_bytes, input.per_node(),
                              input.rails, input.segments,      input.fold};
  for (const GridDimension& d : input.grid) numbers.push_back(d.wraps ? d.extent : -d.extent);
  Key key(algorithm, input.op, input.bytes, std::move(numbers), input.matrix);
  const auto found = schedules_.find(key);
  if (found != schedules_.end()) return found->second;
  TESSERA_ASSIGN_OR_RETURN(Schedule built, BuildSchedule(algorithm, input));
  auto schedule = std::make_shared<const Schedule>(std::move(built));
  schedules_.emplace(std::move(key), schedule);
  return schedule;
}

}  // namespace tessera
