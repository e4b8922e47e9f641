// How unevenly load falls on experts, ranks or nodes. Definitions: domain notes 3.2.
#pragma once

#include "absl/types/span.h"

namespace tessera {

struct LoadMetrics {
  double max_over_mean = 1;
  double max_violation = 0;             // max/mean - 1.
  double coefficient_of_variation = 0;  // Population standard deviation over mean.
  double gini = 0;                      // sum_ij |xi - xj| / (2 n^2 mean).
  double entropy = 1;                   // Normalised to 1 for equal loads.
  double utilisation = 1;               // mean/max: busy share of a synchronous step.
};

// Of at least one load, not all zero.
LoadMetrics MeasureLoad(absl::Span<const double> loads);

}  // namespace tessera
