// The terminal summary of a run: what was asked, the headline numbers, memory, where the time went,
// traffic by tier, the bottleneck in words, what the numbers rest on.
#pragma once

#include <string>

#include "report/run_report.h"

namespace tessera {

struct SummaryStyle {
  bool colour = false;  // Only where the output is a terminal.
  int columns = 100;
};

std::string Summary(const RunReport& report, const SummaryStyle& style);

}  // namespace tessera
