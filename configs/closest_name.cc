#include "configs/closest_name.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

constexpr size_t kLongestName = 80;  // Longer text is no misspelt name.

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string ClosestName(absl::string_view written, absl::Span<const std::string> names) {
  if (written.size() > kLongestName) return "";
  const std::string* closest = nullptr;
  size_t least = 0;
  for (const std::string& name : names) {
    const size_t distance = EditDistance(written, name);
    if (distance * 3 > std::max(name.size(), size_t{3})) continue;
    if (closest == nullptr || distance < least) {
      closest = &name;
      least = distance;
    }
  }
  return closest == nullptr ? "" : *closest;
}

std::string DidYouMean(absl::string_view written, absl::Span<const std::string> names) {
  const std::string closest = ClosestName(written, names);
  return closest.empty() ? "" : absl::StrCat("; did you mean \"", closest, "\"?");
}

}  // namespace tessera
