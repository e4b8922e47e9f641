#include "collectives/dimension_pass.h"

#include <algorithm>

namespace tessera {
namespace {

// How far groups run in one direction.
struct Way {
  int direction = 1;
  int reach = 0;
  bool wraps = true;
};

std::vector<Way> WaysOf(PassKind kind, int n, int direction) {
  switch (kind) {
    case PassKind::kRing:
      return {{direction, n - 1, true}};
    case PassKind::kHalfRing:
      return {{1, n / 2, true}, {-1, (n - 1) / 2, true}};
    case PassKind::kLine:
      break;
  }
  return {{1, n - 1, false}, {-1, n - 1, false}};
}

// Moves along one way of a ring: all positions alike.
void AddRingWay(const Way& way, int n, bool reduce, std::vector<PassMove>& moves) {
  for (int step = 0; step < way.reach; ++step) {
    // From here to the owner still to go (reduction), or gone already (gathering).
    const int distance = reduce ? way.reach - step : -step;
    for (int from = 0; from < n; ++from) {
      const auto wrapped = [&](int position) { return (position % n + n) % n; };
      moves.push_back(
          {step, from, wrapped(from + way.direction), wrapped(from + way.direction * distance)});
    }
  }
}

// Moves along one way of a line, seen from its beginning: position p of the way.
void AddLineWay(const Way& way, int n, bool reduce, std::vector<PassMove>& moves) {
  const auto place = [&](int p) { return way.direction > 0 ? p : n - 1 - p; };
  for (int step = 0; step < way.reach; ++step) {
    for (int p = 0; p + 1 < n; ++p) {
      // Reduction: the group of the far end goes first and reaches position p at step p.
      const int group = reduce ? n - 1 - (step - p) : p - step;
      if (reduce ? step < p || group <= p : group < 0) continue;
      moves.push_back({step, place(p), place(p + 1), place(group)});
    }
  }
}

std::vector<PassMove> Pass(PassKind kind, int n, int direction, bool reduce) {
  std::vector<PassMove> moves;
  for (const Way& way : WaysOf(kind, n, direction)) {
    way.wraps ? AddRingWay(way, n, reduce, moves) : AddLineWay(way, n, reduce, moves);
  }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const PassMove& a, const PassMove& b) { return a.step < b.step; });
  return moves;
}

}  // namespace

std::vector<PassMove> ReducePass(PassKind kind, int n, int direction) {
  return Pass(kind, n, direction, true);
}

std::vector<PassMove> GatherPass(PassKind kind, int n, int direction) {
  return Pass(kind, n, direction, false);
}

}  // namespace tessera
