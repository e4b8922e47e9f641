#include "configs/closest_name.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tessera {
namespace {

constexpr size_t kLongestName = 80;  // Longer text is no misspelt name.

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), the case
// of letters ignored.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  const auto same = [](char x, char y) {
    return absl::ascii_tolower(static_cast<unsigned char>(x)) ==
           absl::ascii_tolower(static_cast<unsigned char>(y));
  };
  std::vector<size_t> before_last(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

const std::string* ShortestContaining(absl::string_view part, absl::Span<const std::string> names) {
  constexpr size_t kShortestPart = 3;
  const std::string* shortest = nullptr;
  for (const std::string& name : names) {
    if (part.size() < kShortestPart || !absl::StrContains(name, part)) continue;
    if (shortest == nullptr || name.size() < shortest->size()) shortest = &name;
  }
  return shortest;
}

}  // namespace

std::string ClosestName(absl::string_view written, absl::Span<const std::string> names) {
  if (written.size() > kLongestName) return "";
  if (const std::string* longer = ShortestContaining(written, names)) return *longer;
  const std::string* closest = nullptr;
  size_t least = 0;
  for (const std::string& name : names) {
    const size_t distance = EditDistance(written, name);
    if (distance >= name.size() || distance * 3 > std::max(name.size(), size_t{3})) continue;
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

std::string AcceptedNames(absl::string_view written, absl::Span<const std::string> names,
                          size_t limit) {
  const std::string closest = ClosestName(written, names);
  const auto shown = names.subspan(0, limit);
  return absl::StrCat(closest.empty() ? "" : absl::StrCat("did you mean \"", closest, "\"? "),
                      "accepted: ", absl::StrJoin(shown, ", "),
                      names.size() > limit ? ", ..." : "");
}

}  // namespace tessera
