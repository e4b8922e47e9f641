// Small charts of report.html as inline HTML and SVG.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace tessera {

// One part of a stack. `colour` is a custom property of the page's style.
struct StackPart {
  std::string name;
  std::string colour;
  double fraction = 0;
  bool waiting = false;
};

// A bar of parts side by side, named for screen readers by `label`.
std::string StackBar(const std::string& label, const std::vector<StackPart>& parts);
// The coloured square in front of a part's name in a table.
std::string StackKey(const StackPart& part);

// A horizontal meter of `fraction`, and its percentage.
std::string Meter(double fraction);

// Values from 0 to `top` as a filled curve over equal steps.
std::string AreaChart(const std::string& label, absl::Span<const double> values, double top);

// The least of 1, 2, 5, 10, 20, 50 and 100 % that no value exceeds.
double ChartTop(absl::Span<const double> values);

// Values as bars from 0 to their maximum; where there are many, groups of neighbours show their
// largest.
std::string BarChart(const std::string& label, absl::Span<const double> values);

}  // namespace tessera
