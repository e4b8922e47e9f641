#include "core/event_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/random.h"

namespace tessera {
namespace {

struct InOrder {
  bool operator()(const Event& a, const Event& b) const { return Earlier(a, b); }
};

// The plainest correct queue.
class ReferenceQueue {
 public:
  void Push(const Event& event) { events_.insert(event); }
  bool Pop(Time end, Event& event) {
    if (events_.empty() || events_.begin()->time > end) return false;
    event = *events_.begin();
    events_.erase(events_.begin());
    return true;
  }
  bool empty() const { return events_.empty(); }
  size_t size() const { return events_.size(); }

 private:
  std::set<Event, InOrder> events_;
};

// How far ahead of the last event popped the next one is pushed.
struct Spacing {
  std::string name;
  Duration (*draw)(RandomStream&);
};

Duration Below(RandomStream& random, uint64_t n) {
  return Duration(static_cast<int64_t>(random.Below(n)));
}

const std::vector<Spacing>& Spacings() {
  static const std::vector<Spacing> spacings = {
      {"Zero", [](RandomStream&) { return Duration(0); }},
      {"FewPicoseconds", [](RandomStream& random) { return Below(random, 3); }},
      {"Microsecond", [](RandomStream& random) { return Below(random, 1'000'000); }},
      {"Hour", [](RandomStream& random) { return Below(random, 3'600'000'000'000'000); }},
      {"AnyScale",
       [](RandomStream& random) { return Below(random, uint64_t{1} << random.Below(56)); }},
      {"PowersOfTwo",
       [](RandomStream& random) { return Duration(int64_t{1} << random.Below(56)); }},
      {"BurstsAtEqualTimes",
       [](RandomStream& random) { return Duration(random.Bernoulli(0.9) ? 0 : 1'000'000'000); }},
      {"NearAndVeryFar",
       [](RandomStream& random) {
         return Duration(random.Bernoulli(0.5) ? 1 : 1'000'000'000'000) + Below(random, 100);
       }},
  };
  return spacings;
}

struct Case {
  Spacing spacing;
  size_t pending;  // The queue grows to this, then is held near it, then drains.
};

class EventQueueLawTest : public testing::TestWithParam<Case> {};

// One random run of pushes and pops, some of them bounded by an `end` that lies before the
// earliest event, after which pushes go in front of what the queue has prepared.
TEST_P(EventQueueLawTest, PopsWhatASortedSetPops) {
  const Case& param = GetParam();
  RandomStream random({.run_seed = 1, .component = static_cast<uint32_t>(param.pending)});
  EventQueue queue;
  ReferenceQueue reference;
  Time now;
  uint64_t sequence = 0;
  const auto push = [&] {
    const uint64_t source = random.Below(16);
    const Event event = {.time = now + param.spacing.draw(random),
                         .order = source << 40 | sequence++,
                         .payload = sequence};
    queue.Push(event);
    reference.Push(event);
  };
  const auto pop = [&](Time end) {
    Event popped;
    Event expected;
    const bool found = queue.Pop(end, popped);
    ASSERT_EQ(found, reference.Pop(end, expected));
    if (!found) return;
    ASSERT_EQ(popped.time, expected.time);
    ASSERT_EQ(popped.payload, expected.payload);
    now = popped.time;
  };
  for (size_t step = 0; step < 6 * param.pending + 200; ++step) {
    ASSERT_EQ(queue.empty(), reference.empty());
    if (reference.size() < param.pending || random.Bernoulli(0.5)) push();
    if (random.Bernoulli(0.5)) {
      const Time end = random.Bernoulli(0.5) ? now + param.spacing.draw(random) : Time::max();
      ASSERT_NO_FATAL_FAILURE(pop(end));
    }
  }
  while (!reference.empty()) ASSERT_NO_FATAL_FAILURE(pop(Time::max()));
  EXPECT_TRUE(queue.empty());
}

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const Spacing& spacing : Spacings()) {
    for (const size_t pending : {3U, 40U, 300U, 5'000U}) cases.push_back({spacing, pending});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Spacings, EventQueueLawTest, testing::ValuesIn(AllCases()),
                         [](const testing::TestParamInfo<Case>& tested) {
                           return tested.param.spacing.name + std::to_string(tested.param.pending);
                         });

TEST(EventQueueTest, TakesTheFirstAndTheLastTimeThereIs) {
  EventQueue queue;
  Event event;
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.Pop(Time::max(), event));
  queue.Push({.time = Time::max(), .payload = 2});
  queue.Push({.time = Time{}, .payload = 1});
  EXPECT_FALSE(queue.empty());
  ASSERT_TRUE(queue.Pop(Time{}, event));
  EXPECT_EQ(event.payload, 1U);
  EXPECT_FALSE(queue.Pop(Time::max() - Duration(1), event));
  ASSERT_TRUE(queue.Pop(Time::max(), event));
  EXPECT_EQ(event.payload, 2U);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace tessera
