// The time of the average rank, part by part.
#pragma once

#include <string>
#include <vector>

#include "core/units.h"
#include "nodes/simulation.h"

namespace tessera {

enum class TimePartKind : uint8_t { kCompute, kExposed, kWaiting, kFinished };

struct TimePart {
  TimePartKind kind = TimePartKind::kCompute;
  std::string name;  // Operator class or axis.
  Duration time{};
  double fraction = 0;  // Of the makespan.
};

// Parts that are not zero: computation by class, exposed communication and waiting by axis, then
// what is left after a rank's end. They sum to the makespan.
std::vector<TimePart> TimeParts(const SimulationResult& result);

// "mlp", "exposed communication (tensor)", "waiting (pipeline)", "done early".
std::string TimePartText(const TimePart& part);

}  // namespace tessera
