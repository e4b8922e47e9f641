// How fast a chip computes while parts of a run: a chip that is slow from a time on, or now and
// then. Of several faults the slowest counts.
#pragma once

#include <vector>

#include "core/units.h"

namespace tessera {

struct Slowdown {
  Time from;
  Duration length = Duration::max();  // Positive.
  Duration every{};                   // Longer than `length`; zero: once.
  double speed = 1;                   // In (0, 1].
};

class ChipSpeed {
 public:
  void Add(const Slowdown& slowdown);
  // How long a computation of `work` at full speed takes that begins at `begin`, rounded up.
  // O(changes of speed meanwhile).
  Duration TimeOf(Duration work, Time begin) const;

 private:
  struct Course {
    Slowdown slowdown;
    int64_t speed = 0;  // In kFull-ths.
  };
  static constexpr int64_t kFull = int64_t{1} << 20;

  // The speed at `at`, and in `until` when it next changes.
  int64_t SpeedAt(Time at, Time& until) const;

  std::vector<Course> courses_;
};

}  // namespace tessera
