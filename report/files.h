// The files of a run.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "report/run_report.h"

namespace tessera {

// Writes result.json, trace.json and report.html into `directory`, which is made if missing.
// Errors: a file that cannot be written, with its path and the system's reason.
absl::Status WriteRunFiles(const RunReport& report, const std::string& directory);

}  // namespace tessera
