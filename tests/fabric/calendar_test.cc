#include "fabric/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/random.h"

namespace tessera {
namespace {

TEST(CalendarTest, GivesThingsByTimeAndThenInTheOrderTheyCame) {
  RandomStream random({.run_seed = 3});
  Calendar<int> calendar;
  std::multimap<Time, int> expected;
  for (int i = 0; i < 5000; ++i) {
    const Time at(Duration(static_cast<int64_t>(random.Below(40))));
    calendar.Push(at, i);
    expected.emplace(at, i);
    if (!random.Bernoulli(0.1)) continue;
    ASSERT_EQ(calendar.next(), expected.begin()->first);
    const auto first = expected.equal_range(calendar.next());
    std::vector<int> wanted;
    for (auto thing = first.first; thing != first.second; ++thing) wanted.push_back(thing->second);
    std::vector<int> taken;
    calendar.TakeNext(taken);
    ASSERT_EQ(taken, wanted);
    expected.erase(first.first, first.second);
  }
}

TEST(CalendarTest, IsEmptyWithoutThings) {
  Calendar<int> calendar;
  EXPECT_TRUE(calendar.empty());
  EXPECT_EQ(calendar.next(), Calendar<int>::kNever);
}

}  // namespace
}  // namespace tessera
