#include "fabric/wait_cycle.h"

#include <algorithm>

namespace tessera {
namespace {

enum class Mark : uint8_t { kNew, kOnPath, kDone };

struct Step {
  int32_t member = 0;
  std::vector<int32_t> waits;
  size_t next = 0;
};

}  // namespace

std::vector<int32_t> FindWaitCycle(int32_t count,
                                   const std::function<std::vector<int32_t>(int32_t)>& waits_for) {
  std::vector<Mark> marks(static_cast<size_t>(count), Mark::kNew);
  std::vector<Step> path;  // Of a depth-first search.
  const auto enter = [&](int32_t member) {
    marks[static_cast<size_t>(member)] = Mark::kOnPath;
    path.push_back({.member = member, .waits = waits_for(member)});
  };
  for (int32_t root = 0; root < count; ++root) {
    if (marks[static_cast<size_t>(root)] != Mark::kNew) continue;
    enter(root);
    while (!path.empty()) {
      Step& step = path.back();
      if (step.next == step.waits.size()) {
        marks[static_cast<size_t>(step.member)] = Mark::kDone;
        path.pop_back();
        continue;
      }
      const int32_t to = step.waits[step.next++];
      if (marks[static_cast<size_t>(to)] == Mark::kNew) {
        enter(to);
      } else if (marks[static_cast<size_t>(to)] == Mark::kOnPath) {
        std::vector<int32_t> cycle;
        auto from =
            std::find_if(path.begin(), path.end(), [to](const Step& s) { return s.member == to; });
        for (; from != path.end(); ++from) cycle.push_back(from->member);
        return cycle;
      }
    }
  }
  return {};
}

}  // namespace tessera
