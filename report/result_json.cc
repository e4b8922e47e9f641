#include "report/result_json.h"

#include "core/hash.h"
#include "report/proto_json.h"
#include "report/result_message.h"

namespace tessera {

std::string ResultJson(const RunReport& report) {
  result::Result message = ResultMessage(report);
  message.set_result_hash(ResultHash(report));
  result::WallClock& clock = *message.mutable_wall_clock();
  clock.set_wall_s(report.wall_seconds);
  clock.set_cpu_s(report.cpu_seconds);
  clock.set_events_per_wall_s(report.wall_seconds > 0
                                  ? static_cast<double>(report.result.events) / report.wall_seconds
                                  : 0);
  return ProtoJson(message);
}

std::string ResultHash(const RunReport& report) {
  return StableHashHex(ProtoJson(ResultMessage(report)));
}

}  // namespace tessera
