#include "nodes/chip_speed.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace tessera {
namespace {

__extension__ using Wide = __int128;

Time After(Time time, Duration duration) {
  return duration > Time::max() - time ? Time::max() : time + duration;
}

}  // namespace

void ChipSpeed::Add(const Slowdown& slowdown) {
  TESSERA_CHECK(slowdown.speed > 0 && slowdown.speed <= 1 && slowdown.length > Duration());
  TESSERA_CHECK(slowdown.every == Duration() || slowdown.every > slowdown.length);
  const auto speed = static_cast<int64_t>(std::floor(slowdown.speed * static_cast<double>(kFull)));
  courses_.push_back({slowdown, std::max<int64_t>(speed, 1)});
}

int64_t ChipSpeed::SpeedAt(Time at, Time& until) const {
  int64_t speed = kFull;
  until = Time::max();
  for (const Course& course : courses_) {
    const Slowdown& s = course.slowdown;
    Time begin = s.from;
    if (s.every > Duration() && at > begin) begin += s.every * ((at - begin) / s.every);
    const Time end = After(begin, s.length);
    if (at < begin) {
      until = std::min(until, begin);
    } else if (at < end) {
      speed = std::min(speed, course.speed);
      until = std::min(until, end);
    } else if (s.every > Duration()) {
      until = std::min(until, After(begin, s.every));
    }
  }
  return speed;
}

Duration ChipSpeed::TimeOf(Duration work, Time begin) const {
  Time at = begin;
  Wide left = Wide{work.count()} * kFull;
  while (true) {
    Time until;
    const int64_t speed = SpeedAt(at, until);
    const auto needed = Duration(static_cast<int64_t>((left + speed - 1) / speed));
    if (needed <= until - at) return at + needed - begin;
    left -= Wide{(until - at).count()} * speed;
    at = until;
  }
}

}  // namespace tessera
