// The order in which the axes of a plan number its ranks, the axis of neighbours first:
// "tp-cp-dp-pp". Orders are counted as the permutations of (tp, cp, dp, pp) in lexicographic order;
// 0 is that of the chattiest axis first.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace tessera {

inline constexpr int kRankOrderCount = 24;

// Axes (0: tensor, 1: context, 2: data, 3: pipeline) from the nearest to the farthest.
std::array<int, 4> AxesOfRankOrder(int order);
std::string RankOrderText(int order);
// Nothing unless `text` names every axis once.
std::optional<int> ParseRankOrder(absl::string_view text);

}  // namespace tessera
