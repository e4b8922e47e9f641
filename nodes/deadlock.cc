#include "nodes/deadlock.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tessera {
namespace {

constexpr size_t kShownRanks = 8;

const RankWait* Find(absl::Span<const RankWait> waits, int rank) {
  const auto found = std::lower_bound(waits.begin(), waits.end(), rank,
                                      [](const RankWait& w, int r) { return w.rank < r; });
  return found != waits.end() && found->rank == rank ? &*found : nullptr;
}

// Follows the first rank that each one waits for, from the first that waits. Ends at a rank seen
// before (a cycle, whose ranks are kept) or at one that has ended.
std::string DescribeChain(absl::Span<const RankWait> waits) {
  std::vector<int> path = {waits.front().rank};
  while (true) {
    const RankWait* wait = Find(waits, path.back());
    if (wait == nullptr) {
      return absl::StrCat("rank ", path.back(), " has ended its program without it");
    }
    if (wait->waits_for.empty()) {
      return absl::StrCat("rank ", path.back(), " waits for the fabric alone");
    }
    const int next = wait->waits_for.front();
    const auto seen = std::find(path.begin(), path.end(), next);
    if (seen != path.end()) {
      path.erase(path.begin(), seen);
      path.push_back(next);
      return absl::StrCat("cycle: rank ", absl::StrJoin(path, " -> rank "));
    }
    path.push_back(next);
  }
}

}  // namespace

std::string DescribeDeadlock(absl::Span<const RankWait> waits, int ranks, Time now) {
  std::string text = absl::StrCat("deadlock at ", now.time_since_epoch().count(),
                                  " ps: ", waits.size(), " of ", ranks, " ranks wait for ever");
  for (const RankWait& wait : waits.subspan(0, std::min(waits.size(), kShownRanks))) {
    absl::StrAppend(&text, "\n  rank ", wait.rank, " waits for ", wait.what);
  }
  if (waits.size() > kShownRanks) {
    absl::StrAppend(&text, "\n  and ", waits.size() - kShownRanks, " more");
  }
  absl::StrAppend(&text, "\n  ", DescribeChain(waits));
  return text;
}

}  // namespace tessera
