// Schedules prepared once, and the schedules of single transfers.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "core/units.h"
#include "fabric/prepared_schedule.h"
#include "fabric/schedule.h"

namespace tessera {

class ScheduleCache {
 public:
  // `schedule` outlives this; equal pointers mean equal schedules.
  const PreparedSchedule& Prepare(const Schedule& schedule) {
    std::unique_ptr<PreparedSchedule>& known = prepared_[&schedule];
    if (known == nullptr) known = std::make_unique<PreparedSchedule>(schedule);
    return *known;
  }

  // From rank 0 to rank 1 of two.
  const Schedule& OneTransfer(Bytes bytes) {
    std::unique_ptr<Schedule>& schedule = one_transfer_[bytes.count()];
    if (schedule != nullptr) return *schedule;
    schedule = std::make_unique<Schedule>();
    schedule->algorithm = "message";
    schedule->ranks = 2;
    schedule->chunks = 1;
    schedule->transfers.push_back({.source = 0, .target = 1, .bytes = bytes});
    return *schedule;
  }

 private:
  absl::flat_hash_map<const Schedule*, std::unique_ptr<PreparedSchedule>> prepared_;
  absl::flat_hash_map<int64_t, std::unique_ptr<Schedule>> one_transfer_;  // By bytes.
};

}  // namespace tessera
