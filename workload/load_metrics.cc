#include "workload/load_metrics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/check.h"
#include "core/math.h"

namespace tessera {

LoadMetrics MeasureLoad(absl::Span<const double> loads) {
  std::vector<double> sorted(loads.begin(), loads.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double sum = 0;
  double ranked = 0;  // sum of (2 i + 1 - n) x_i, i from 0: half of all pair differences.
  for (size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    ranked += (2 * static_cast<double>(i) + 1 - n) * sorted[i];
  }
  TESSERA_CHECK(sum > 0);
  const double mean = sum / n;
  double squares = 0;
  double entropy = 0;
  for (const double x : sorted) {
    squares += (x - mean) * (x - mean);
    if (x > 0) entropy -= x / sum * Log(x / sum);
  }
  LoadMetrics metrics;
  metrics.max_over_mean = sorted.back() / mean;
  metrics.max_violation = metrics.max_over_mean - 1;
  metrics.coefficient_of_variation = std::sqrt(squares / n) / mean;
  metrics.gini = ranked / (n * n * mean);
  metrics.entropy = n > 1 ? entropy / Log(n) : 1;
  metrics.utilisation = 1 / metrics.max_over_mean;
  return metrics;
}

}  // namespace tessera
