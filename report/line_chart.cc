#include "report/line_chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "report/amount_text.h"
#include "report/html_text.h"

namespace tessera {
namespace {

constexpr double kLeft = 56;
constexpr double kRight = 884;
constexpr double kTop = 10;
constexpr double kBottom = 280;
constexpr int kMostMarks = 10;
constexpr std::array<const char*, 8> kColours = {"--op-attention_projection",
                                                 "--ax-tensor",
                                                 "--op-mlp",
                                                 "--ax-expert",
                                                 "--op-embedding",
                                                 "--ax-context",
                                                 "--op-expert",
                                                 "--op-optimizer"};

// The least of 1, 2 and 5 times a power of ten that is no less than `value`.
double RoundUp(double value) {
  double power = 1;
  while (power < value) power *= 10;
  while (power / 10 >= value) power /= 10;
  for (const double part : {0.2, 0.5}) {
    if (power * part >= value) return power * part;
  }
  return power;
}

class Frame {
 public:
  Frame(const std::vector<double>& x, double top)
      : low_(std::log2(x.front())), high_(std::log2(x.back())), top_(top) {}

  double X(double value) const {
    const double span = high_ > low_ ? high_ - low_ : 1;
    return kLeft + (kRight - kLeft) * (std::log2(value) - low_) / span;
  }
  double Y(double value) const { return kBottom - (kBottom - kTop) * value / top_; }

  std::string Axes() const {
    std::string out;
    for (int i = 0; i <= 4; ++i) {
      const double value = top_ * i / 4;
      absl::StrAppendFormat(&out,
                            "<line x1=%g x2=%g y1=%.1f y2=%.1f />"
                            "<text x=%g y=%.1f text-anchor=end>%g</text>",
                            kLeft, kRight, Y(value), Y(value), kLeft - 8, Y(value) + 4, value);
    }
    const int first = static_cast<int>(std::ceil(low_));
    const int last = static_cast<int>(std::floor(high_));
    const int step = std::max(1, (last - first + kMostMarks) / kMostMarks);
    for (int power = first; power <= last; power += step) {
      absl::StrAppendFormat(&out, "<text x=%.1f y=%g text-anchor=middle>%s</text>",
                            X(std::exp2(power)), kBottom + 18,
                            MemoryText(Bytes(int64_t{1} << power)));
    }
    return out;
  }

 private:
  double low_;
  double high_;
  double top_;
};

std::string Dash(size_t line) { return line < kColours.size() ? "" : "stroke-dasharray:6 4;"; }

std::string Colour(size_t line) { return kColours[line % kColours.size()]; }

}  // namespace

std::string LineChart(const std::string& label, const std::vector<double>& x,
                      const std::vector<ChartLine>& lines) {
  if (x.empty() || lines.empty()) return "";
  double most = 0;
  for (const ChartLine& line : lines) {
    most = std::max(most, *std::max_element(line.values.begin(), line.values.end()));
  }
  const Frame frame(x, most > 0 ? RoundUp(most) : 1);
  std::string out = absl::StrCat("<svg class=lines viewBox=\"0 0 900 306\" role=img aria-label=\"",
                                 EscapeHtml(label), "\">", frame.Axes());
  std::string legend = "<div class=legend>";
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string points;
    for (size_t p = 0; p < x.size(); ++p) {
      absl::StrAppendFormat(&points, "%.1f,%.1f ", frame.X(x[p]), frame.Y(lines[i].values[p]));
    }
    absl::StrAppend(&out, "<polyline style=\"stroke:var(", Colour(i), ");", Dash(i), "\" points=\"",
                    points, "\"><title>", EscapeHtml(lines[i].name), "</title></polyline>");
    absl::StrAppend(&legend, "<span><span class=key style=\"background-color:var(", Colour(i),
                    ")\"></span>", EscapeHtml(lines[i].name),
                    i < kColours.size() ? "" : " (dashed)", "</span>");
  }
  return absl::StrCat(out, "</svg>\n", legend, "</div>\n");
}

}  // namespace tessera
