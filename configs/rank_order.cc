#include "configs/rank_order.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace tessera {

std::array<int, 4> AxesOfRankOrder(int order) {
  std::array<int, 4> axes = {0, 1, 2, 3};
  for (int i = 0; i < order; ++i) std::next_permutation(axes.begin(), axes.end());
  return axes;
}

std::string RankOrderText(int order) {
  constexpr const char* kAxes[] = {"tp", "cp", "dp", "pp"};
  std::string text;
  for (const int axis : AxesOfRankOrder(order)) {
    absl::StrAppend(&text, text.empty() ? "" : "-", kAxes[axis]);
  }
  return text;
}

std::optional<int> ParseRankOrder(absl::string_view text) {
  for (int order = 0; order < kRankOrderCount; ++order) {
    if (text == RankOrderText(order)) return order;
  }
  return std::nullopt;
}

}  // namespace tessera
