#include "core/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace tessera {

void Summary::Add(double value) {
  ++count_;
  sum_ += value;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

double Summary::mean() const {
  TESSERA_CHECK(count_ > 0);
  return sum_ / static_cast<double>(count_);
}

double Summary::min() const {
  TESSERA_CHECK(count_ > 0);
  return min_;
}

double Summary::max() const {
  TESSERA_CHECK(count_ > 0);
  return max_;
}

void Sample::Add(double value) {
  TESSERA_CHECK(!std::isnan(value));
  summary_.Add(value);
  values_.push_back(value);
  sorted_ = false;
}

double Sample::Quantile(double p) const {
  TESSERA_CHECK(!values_.empty());
  TESSERA_CHECK(p >= 0 && p <= 1);
  if (!sorted_) {
    std::sort(values_.begin(), values_.end());
    sorted_ = true;
  }
  // The rank is ceil(p n); the factor takes back the rounding of the product, so that the 0.07
  // quantile of 100 values is the 7th and not the 8th.
  const double rank = std::ceil(p * static_cast<double>(values_.size()) * (1 - 0x1p-51));
  const auto index = static_cast<size_t>(std::max(rank, 1.0)) - 1;
  return values_[std::min(index, values_.size() - 1)];
}

}  // namespace tessera
