#include "fabric/urgency_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "core/random.h"

namespace tessera {
namespace {

TEST(UrgencyQueueTest, GivesTheLeastFirstHoweverLongItIs) {
  RandomStream random({.run_seed = 11});
  UrgencyQueue queue;
  std::set<std::pair<float, int32_t>> expected;
  for (int32_t i = 0; i < 40'000; ++i) {
    // It grows to some hundreds, runs empty and grows again.
    const bool grows = i / 1000 % 2 == 0;
    if (random.Bernoulli(grows ? 0.7 : 0.2)) {
      const float urgency = static_cast<float>(random.Below(50)) * 1e15F;
      queue.Push(urgency, i);
      expected.emplace(urgency, i);
    } else if (!expected.empty()) {
      ASSERT_EQ(queue.TakeFirst(), expected.begin()->second);
      expected.erase(expected.begin());
    }
    ASSERT_EQ(queue.empty(), expected.empty());
  }
}

}  // namespace
}  // namespace tessera
