#include "report/html_charts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "report/amount_text.h"
#include "report/html_text.h"

namespace tessera {
namespace {

constexpr size_t kMostBars = 256;
constexpr size_t kSlots = 32;  // Room for so many, so that a few bars stay slim.

std::string SvgStart(const char* kind, const std::string& label, size_t width) {
  return absl::StrFormat(
      "<svg class=%s viewBox=\"0 0 %d 100\" preserveAspectRatio=none role=img aria-label=\"%s\">",
      kind, width, EscapeHtml(label));
}

std::string Style(const StackPart& part) {
  return absl::StrCat("background-color:var(", part.colour, ")");
}

}  // namespace

std::string StackBar(const std::string& label, const std::vector<StackPart>& parts) {
  std::string out =
      absl::StrCat("<div class=stack role=img aria-label=\"", EscapeHtml(label), "\">");
  for (const StackPart& part : parts) {
    absl::StrAppend(&out, part.waiting ? "<i class=waits" : "<i",
                    " style=\"width:", absl::StrFormat("%.3f", 100 * part.fraction), "%;",
                    Style(part), "\" title=\"", EscapeHtml(part.name), ": ",
                    PercentText(part.fraction), "\"></i>");
  }
  return out + "</div>\n";
}

std::string StackKey(const StackPart& part) {
  return absl::StrCat("<span class=\"key", part.waiting ? " waits" : "", "\" style=\"", Style(part),
                      "\"></span>");
}

std::string Meter(double fraction) {
  return absl::StrFormat("<span class=meter><i style=\"width:%.1f%%\"></i></span>%s",
                         100 * std::clamp(fraction, 0.0, 1.0), PercentText(fraction));
}

double ChartTop(absl::Span<const double> values) {
  const double largest = *std::max_element(values.begin(), values.end());
  for (const double top : {0.01, 0.02, 0.05, 0.1, 0.2, 0.5}) {
    if (largest <= top) return top;
  }
  return 1;
}

std::string AreaChart(const std::string& label, absl::Span<const double> values, double top) {
  std::string path = "M0 100";
  double before = -1;
  for (size_t i = 0; i < values.size(); ++i) {
    // Steps: a run of equal values needs no points inside.
    if (values[i] == before) continue;
    before = values[i];
    absl::StrAppendFormat(&path, "H%dV%.4g", i, 100 - 100 * std::clamp(before / top, 0.0, 1.0));
  }
  absl::StrAppendFormat(&path, "H%dV100Z", values.size());
  return absl::StrCat(SvgStart("area", label, values.size()), "<path d=\"", path, "\"/></svg>\n");
}

std::string BarChart(const std::string& label, absl::Span<const double> values) {
  const size_t group = (values.size() + kMostBars - 1) / kMostBars;
  const size_t bars = (values.size() + group - 1) / group;
  const double largest = *std::max_element(values.begin(), values.end());
  std::string out = SvgStart("bars", label, std::max(bars, kSlots) * 10);
  for (size_t bar = 0; bar < bars; ++bar) {
    const auto part = values.subspan(bar * group, group);
    const double value = *std::max_element(part.begin(), part.end());
    const double height = largest > 0 ? 94 * value / largest : 0;
    absl::StrAppendFormat(&out, "<rect x=%d y=%.2f width=8 height=%.2f />", bar * 10 + 1,
                          100 - height, height);
  }
  return out + "</svg>\n";
}

}  // namespace tessera
