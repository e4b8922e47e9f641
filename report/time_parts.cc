#include "report/time_parts.h"

#include "absl/strings/str_cat.h"

namespace tessera {

std::vector<TimePart> TimeParts(const SimulationResult& result) {
  std::vector<TimePart> parts;
  const auto add = [&](TimePartKind kind, const char* name, Duration time) {
    if (time == Duration::zero()) return;
    parts.push_back({kind, name, time, ToSeconds(time) / ToSeconds(result.makespan)});
  };
  const TimeBreakdown& b = result.breakdown;
  for (size_t c = 0; c < b.compute.size(); ++c) {
    add(TimePartKind::kCompute, OperatorClassName(static_cast<OperatorClass>(c)), b.compute[c]);
  }
  for (size_t a = 0; a < b.exposed_communication.size(); ++a) {
    add(TimePartKind::kExposed, AxisName(static_cast<Axis>(a)), b.exposed_communication[a]);
  }
  for (size_t a = 0; a < b.waiting.size(); ++a) {
    add(TimePartKind::kWaiting, AxisName(static_cast<Axis>(a)), b.waiting[a]);
  }
  add(TimePartKind::kFinished, "", b.finished);
  return parts;
}

std::string TimePartText(const TimePart& part) {
  switch (part.kind) {
    case TimePartKind::kCompute:
      return part.name;
    case TimePartKind::kExposed:
      return absl::StrCat("exposed communication (", part.name, ")");
    case TimePartKind::kWaiting:
      return absl::StrCat("waiting (", part.name, ")");
    case TimePartKind::kFinished:
      return "done early";
  }
  return "";
}

}  // namespace tessera
