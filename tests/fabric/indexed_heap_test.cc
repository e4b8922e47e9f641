#include "fabric/indexed_heap.h"

#include <gtest/gtest.h>

#include <map>

#include "core/random.h"

namespace tessera {
namespace {

TEST(IndexedHeapTest, GivesTheLeastKeyAfterAnyChanges) {
  RandomStream random({.run_seed = 7});
  IndexedHeap<int64_t> heap;
  heap.Resize(50);
  std::map<int32_t, int64_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = static_cast<int32_t>(random.Below(50));
    if (random.Bernoulli(0.3)) {
      heap.Remove(id);
      expected.erase(id);
    } else {
      const auto key = static_cast<int64_t>(random.Below(100));
      heap.Set(id, key);
      expected[id] = key;
    }
    ASSERT_EQ(heap.empty(), expected.empty());
    if (expected.empty()) continue;
    int64_t least = INT64_MAX;
    for (const auto& [thing, key] : expected) least = std::min(least, key);
    ASSERT_EQ(heap.top_key(), least);
    ASSERT_EQ(expected.at(heap.top()), least);
  }
}

}  // namespace
}  // namespace tessera
