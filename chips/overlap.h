// How times on resources that work side by side combine.
#pragma once

#include <algorithm>
#include <cmath>

namespace tessera {

// The longest of overlapping times, and a little of the others when they are close (norm of order
// 8): 9 % over the maximum for two equal ones, 15 % for three.
inline double Overlap(double a, double b, double c = 0) {
  const double longest = std::max({a, b, c});
  if (longest <= 0) return 0;
  const auto eighth = [longest](double x) {
    const double square = x / longest * (x / longest);
    const double fourth = square * square;
    return fourth * fourth;
  };
  return longest * std::sqrt(std::sqrt(std::sqrt(eighth(a) + eighth(b) + eighth(c))));
}

// A pipeline of two stages over `blocks` equal blocks: the slower stage sets the pace, the other
// shows for one block, in fill and drain.
inline double TwoStagePipeline(double a, double b, double blocks) {
  return std::max(a, b) + std::min(a, b) / std::max(1.0, blocks);
}

}  // namespace tessera
