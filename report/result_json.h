// result.json: the machine-readable result of a run, defined by configs/result.proto. Keys are
// snake_case, values SI base units with the unit in the key's name. Integers are JSON numbers below
// 2^53 and strings from there on. Equal scenarios give equal bytes, apart from the fields under
// "wall_clock".
#pragma once

#include <string>

#include "report/run_report.h"

namespace tessera {

std::string ResultJson(const RunReport& report);

// The `result_hash` in it: covers everything else in it but "wall_clock".
std::string ResultHash(const RunReport& report);

}  // namespace tessera
