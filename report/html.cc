#include "report/html.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "report/amount_text.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/page_assets.h"
#include "report/request_text.h"
#include "report/result_json.h"

namespace tessera {
namespace {

std::string Navigation(const std::vector<HtmlSection>& sections) {
  std::string out = "<nav aria-label=Sections>";
  for (const HtmlSection& section : sections) {
    if (section.body.empty()) continue;
    absl::StrAppend(&out, "<a href=\"#", section.id, "\">", section.short_name, "</a>");
  }
  return out + "</nav>\n";
}

std::string Footer(const RunReport& report) {
  return absl::StrCat("<footer>Tessera, ", CountText(report.result.events), " events, result ",
                      ResultHash(report), "</footer>\n");
}

}  // namespace

std::string ReportHtml(const RunReport& report) {
  const SimulationResult& result = report.result;
  // The first three share the width where there is room: one left, two right.
  const std::vector<HtmlSection> sections = {
      TimeSection(result),          MemorySection(result),   RanksSection(result),
      EnergySection(report),        TimelineSection(result), TrafficSection(result),
      CommunicationSection(result), BasisSection(report),    ScenarioSection(report)};
  std::string page = absl::StrCat("<header>", PageHead(report), Navigation(sections), "</header>\n",
                                  PageLead(result), "<div class=pair>\n", Render(sections[0]),
                                  "<div class=column>\n", Render(sections[1]), Render(sections[2]),
                                  "</div>\n</div>\n");
  for (size_t i = 3; i < sections.size(); ++i) page += Render(sections[i]);
  page += Footer(report);
  return HtmlPage(
      Title(report.scenario, result), page,
      result.spans.empty() ? "" : absl::StrCat("<script>\n", kTimelineScript, "</script>\n"));
}

}  // namespace tessera
