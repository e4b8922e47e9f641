// The transfers that an MSCCL file makes when it is executed, and their schedule. Private to the
// room.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "collectives/msccl_layout.h"
#include "collectives/msccl_program.h"
#include "fabric/schedule.h"

namespace tessera {

// A transfer of one chunk while the file runs; others are named by their number.
struct MscclMessage {
  int source = 0;
  int target = 0;
  int chunk = MscclLayout::kNothing;
  bool reduce = false;
  std::vector<int> after;
};

// Their schedule of `chunks` chunks. Messages are numbered as they were sent; what they wait for
// may have been sent later, when a receiver waits for its own earlier receives. Error: messages
// that wait for one another in a circle.
absl::StatusOr<Schedule> ScheduleOf(const MscclProgram& program,
                                    const std::vector<MscclMessage>& messages, int chunks);

}  // namespace tessera
