// Lines over sizes, as an inline SVG with axes and a legend.
#pragma once

#include <string>
#include <vector>

namespace tessera {

struct ChartLine {
  std::string name{};
  std::vector<double> values{};  // One for each x.
};

// `x`: ascending, above zero, drawn on a logarithmic axis with marks in KiB, MiB, .... `values`
// from zero up on a linear axis, in the unit that `label` names. At most eight lines differ in
// colour; more repeat them dashed. No x, or no line: an empty string.
std::string LineChart(const std::string& label, const std::vector<double>& x,
                      const std::vector<ChartLine>& lines);

}  // namespace tessera
