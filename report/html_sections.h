// The parts of report.html. A section without a body has nothing to show.
#pragma once

#include <string>

#include "report/html_text.h"
#include "report/run_report.h"

namespace tessera {

// Title and what was asked.
std::string PageHead(const RunReport& report);
// Headline numbers and bottleneck.
std::string PageLead(const SimulationResult& result);

HtmlSection TimeSection(const SimulationResult& result);
HtmlSection MemorySection(const SimulationResult& result);
HtmlSection EnergySection(const RunReport& report);
HtmlSection TimelineSection(const SimulationResult& result);
HtmlSection TrafficSection(const SimulationResult& result);
HtmlSection CommunicationSection(const SimulationResult& result);
HtmlSection RanksSection(const SimulationResult& result);
HtmlSection BasisSection(const RunReport& report);
HtmlSection ScenarioSection(const RunReport& report);

}  // namespace tessera
