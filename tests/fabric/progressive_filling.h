// Max-min fair rates worked out from scratch, the textbook way: the reference for the solver.
#pragma once

#include <algorithm>
#include <vector>

#include "fabric/rate.h"

namespace tessera {

struct ReferenceFlow {
  std::vector<int> route;
  std::vector<int> coefficients = {};  // Of each link of the route; empty: 1.
  RateUnits cap = kNoRate;

  RateUnits CoefficientOf(size_t hop) const {
    return hop < coefficients.size() ? coefficients[hop] : 1;
  }
};

// Progressive filling (Bertsekas & Gallager, 6.5.2) in whole rate units: all links whose share is
// the least bind together. A cap is a link of its own.
inline std::vector<RateUnits> ProgressiveFilling(std::vector<RateUnits> capacities,
                                                 std::vector<ReferenceFlow> flows) {
  for (ReferenceFlow& flow : flows) {
    if (flow.cap == kNoRate) continue;
    flow.route.push_back(static_cast<int>(capacities.size()));
    capacities.push_back(flow.cap);
  }
  std::vector<RateUnits> rates(flows.size(), -1);
  for (size_t settled = 0; settled < flows.size();) {
    std::vector<RateUnits> left = capacities;
    std::vector<RateUnits> open(capacities.size(), 0);
    for (size_t f = 0; f < flows.size(); ++f) {
      for (size_t hop = 0; hop < flows[f].route.size(); ++hop) {
        const auto l = static_cast<size_t>(flows[f].route[hop]);
        const RateUnits coefficient = flows[f].CoefficientOf(hop);
        rates[f] < 0 ? void(open[l] += coefficient) : void(left[l] -= rates[f] * coefficient);
      }
    }
    RateUnits least = kNoRate;
    for (size_t l = 0; l < left.size(); ++l) {
      if (open[l] > 0) least = std::min(least, left[l] / open[l]);
    }
    for (size_t f = 0; f < flows.size(); ++f) {
      if (rates[f] >= 0) continue;
      const bool bound = std::any_of(flows[f].route.begin(), flows[f].route.end(), [&](int link) {
        const auto l = static_cast<size_t>(link);
        return open[l] > 0 && left[l] / open[l] == least;
      });
      if (!bound) continue;
      rates[f] = least;
      ++settled;
    }
  }
  return rates;
}

}  // namespace tessera
