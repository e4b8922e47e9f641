// The files of a run.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "report/run_report.h"

namespace tessera {

// DIR/name, the folder made where it is missing. Errors: a file that cannot be written, with its
// path and the system's reason.
absl::Status WriteReportFile(const std::string& directory, const std::string& name,
                             const std::string& text);

// result.json, trace.json and report.html in `directory`. Errors: as of WriteReportFile.
absl::Status WriteRunFiles(const RunReport& report, const std::string& directory);

}  // namespace tessera
