#include "core/event_queue.h"

#include <gtest/gtest.h>

#include <ostream>
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
  Time earliest() const { return events_.begin()->time; }

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

  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.spacing.name << " with " << c.pending << " pending";
  }
};

class EventQueueLawTest : public testing::TestWithParam<Case> {};

// A random run of pushes and pops of both queues.
class QueuePair {
 public:
  explicit QueuePair(const Case& param)
      : spacing_(param.spacing),
        random_({.run_seed = 1, .component = static_cast<uint32_t>(param.pending)}) {}

  void Push() { PushAfter(spacing_.draw(random_)); }
  // Before the earliest event, or with it.
  void PushIntoGap() { PushAfter(DrawFromGap()); }
  void Pop() { PopUntil(Time::max()); }
  void PopWithinSpacing() { PopUntil(now_ + spacing_.draw(random_)); }
  // Mostly in vain, but the queue may prepare for what follows.
  void PopFromGap() { PopUntil(now_ + DrawFromGap()); }

  bool Chance(double probability) { return random_.Bernoulli(probability); }
  size_t size() const { return reference_.size(); }
  bool empty() const {
    EXPECT_EQ(queue_.empty(), reference_.empty());
    return reference_.empty();
  }

 private:
  Duration DrawFromGap() {
    if (reference_.empty()) return Duration(0);
    return Below(random_, static_cast<uint64_t>((reference_.earliest() - now_).count()) + 1);
  }
  void PushAfter(Duration delay) {
    const uint64_t source = random_.Below(16);
    const Event event = {.time = now_ + delay, .order = source << 40 | sequence_++};
    queue_.Push(event);
    reference_.Push(event);
  }
  void PopUntil(Time end) {
    Event popped;
    Event expected;
    const bool found = queue_.Pop(end, popped);
    ASSERT_EQ(found, reference_.Pop(end, expected));
    if (!found) return;
    ASSERT_EQ(popped.time, expected.time);
    ASSERT_EQ(popped.order, expected.order);
    now_ = popped.time;
  }

  Spacing spacing_;
  RandomStream random_;
  EventQueue queue_;
  ReferenceQueue reference_;
  Time now_;
  uint64_t sequence_ = 0;
};

TEST_P(EventQueueLawTest, PopsWhatASortedSetPops) {
  const size_t pending = GetParam().pending;
  QueuePair queues(GetParam());
  for (size_t step = 0; step < 6 * pending + 200; ++step) {
    if (queues.size() < pending || queues.Chance(0.5)) queues.Push();
    if (queues.Chance(0.3)) queues.Pop();
    if (queues.Chance(0.3)) queues.PopWithinSpacing();
    if (queues.Chance(0.1)) queues.PopFromGap();
    const size_t into_gap = queues.Chance(0.02) ? 50 : 0;
    for (size_t i = 0; i < into_gap; ++i) queues.PushIntoGap();
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
  while (!queues.empty() && !HasFailure()) queues.Pop();
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

// As switches of equal links send them: many sources, several events each, all at few times, and
// what one source sends does not lie together.
TEST(EventQueueTest, SortsEventsOfManySourcesAtEqualTimes) {
  for (const uint64_t times : {1U, 2U, 7U, 5'000U}) {
    RandomStream random({.run_seed = times});
    EventQueue queue;
    ReferenceQueue reference;
    for (uint64_t i = 0; i < 2'000; ++i) {
      const Event event = {.time = Time(Duration(1'000'000) + Below(random, times)),
                           .order = random.Below(600) << kSequenceBits | i};
      queue.Push(event);
      reference.Push(event);
    }
    Event popped;
    Event expected;
    while (reference.Pop(Time::max(), expected)) {
      ASSERT_TRUE(queue.Pop(Time::max(), popped));
      ASSERT_EQ(popped.time, expected.time) << "of " << times << " times";
      ASSERT_EQ(popped.order, expected.order) << "of " << times << " times";
    }
    EXPECT_TRUE(queue.empty());
  }
}

// Asked only for events up to an `end` before the earliest, the queue opens or deals out a bucket
// all the same. Then events come before, at and behind its beginning.
TEST(EventQueueTest, KeepsTheOrderWhenItPreparedMoreThanItWasAskedFor) {
  constexpr int64_t kBucket = int64_t{1} << 18;
  constexpr int64_t kFirst = 65 * kBucket + kBucket / 2;
  for (const int64_t pending : {50, 1000}) {
    EventQueue queue;
    const auto push = [&queue](int64_t picoseconds, uint64_t order) {
      queue.Push({.time = Time(Duration(picoseconds)), .order = order});
    };
    for (int64_t i = 0; i < pending; ++i) push(kFirst + i, 0);
    for (int64_t i = 0; i < 600; ++i) push(kFirst + 2 * kBucket + i, 0);
    Event event;
    EXPECT_FALSE(queue.Pop(Time(Duration(65 * kBucket + 5)), event));
    for (int64_t i = 0; i < 100; ++i) push(i, 1);
    for (const int64_t offset : {900, 0, 70}) push(kFirst + offset, 2);
    push(kFirst + kBucket, 3);
    Event last;
    int64_t popped = 0;
    for (; queue.Pop(Time::max(), event); ++popped) {
      EXPECT_TRUE(popped == 0 || Earlier(last, event)) << popped << " of " << pending;
      last = event;
    }
    EXPECT_EQ(popped, pending + 704);
  }
}

TEST(EventQueueTest, ALookAtTheNextTimeLeavesRoomForEarlierEvents) {
  EventQueue queue;
  EXPECT_EQ(queue.NextTime(), Time::max());
  for (int64_t i = 0; i < 1000; ++i) queue.Push({.time = Time(Duration(1'000'000 + i))});
  EXPECT_EQ(queue.NextTime(), Time(Duration(1'000'000)));
  for (int64_t i = 100; i > 0; --i) {
    queue.Push({.time = Time(Duration(i))});
    EXPECT_EQ(queue.NextTime(), Time(Duration(i)));
  }
  Event last{};
  Event event{};
  for (int popped = 0; popped < 1100; ++popped) {
    const Time next = queue.NextTime();
    ASSERT_TRUE(queue.Pop(Time::max(), event));
    EXPECT_EQ(event.time, next);
    EXPECT_LE(last.time, event.time);
    last = event;
  }
  EXPECT_TRUE(queue.empty());
}

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
