// Summaries of a series of numbers. Sums are formed in the order of the additions, so the same
// series gives the same bits.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace tessera {

// Count, sum and range in constant space.
class Summary {
 public:
  void Add(double value);

  int64_t count() const { return count_; }
  double sum() const { return sum_; }
  // Of at least one value.
  double mean() const;
  double min() const;
  double max() const;

 private:
  int64_t count_ = 0;
  double sum_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
};

// Keeps every value for exact quantiles: 8 bytes a value.
class Sample {
 public:
  void Add(double value);
  const Summary& summary() const { return summary_; }

  // The least value that at least a share `p` of the values do not exceed (nearest rank); p in
  // [0, 1], Quantile(0) is the minimum. At least one value. Sorts once after additions: O(n log n).
  double Quantile(double p) const;

 private:
  Summary summary_;
  mutable std::vector<double> values_;
  mutable bool sorted_ = true;
};

}  // namespace tessera
