// From a run to the message of configs/result.proto. Private to the room.
#pragma once

#include "configs/result.pb.h"
#include "report/run_report.h"

namespace tessera {

// Everything but the hash and the wall clock.
result::Result ResultMessage(const RunReport& report);

}  // namespace tessera
