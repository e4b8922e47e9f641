#include "nodes/span_recorder.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

Span SpanOf(int32_t rank, int64_t begin) {
  Span span;
  span.rank = rank;
  span.begin = Time(Duration(begin));
  span.end = span.begin + Duration(1);
  return span;
}

TEST(SpanRecorderTest, KeepsTheFirstSpansOfEachRank) {
  SpanRecorder recorder;
  recorder.KeepOfEachRank(2);
  for (int64_t begin = 0; begin < 3; ++begin) recorder.Add(SpanOf(7, begin));
  recorder.Add(SpanOf(9, 10));
  Span empty = SpanOf(9, 11);
  empty.end = empty.begin;
  recorder.Add(empty);
  EXPECT_EQ(recorder.left_out(), 1);
  const std::vector<Span> spans = recorder.TakeAll();
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[1].begin, Time(Duration(1)));
  EXPECT_EQ(spans[2].rank, 9);
}

TEST(SpanRecorderTest, KeepsAllUntilTold) {
  SpanRecorder recorder;
  for (int64_t begin = 0; begin < 1000; ++begin) recorder.Add(SpanOf(0, begin));
  EXPECT_EQ(recorder.left_out(), 0);
  EXPECT_EQ(recorder.Take(Time(Duration(500))).size(), 500U);
}

}  // namespace
}  // namespace tessera
