// report.html: one self-contained page about a run. No external reference, works offline.
#pragma once

#include <string>

#include "report/run_report.h"

namespace tessera {

std::string ReportHtml(const RunReport& report);

}  // namespace tessera
