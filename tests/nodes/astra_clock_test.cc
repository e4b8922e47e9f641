#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "core/random.h"
#include "nodes/astra/clock.h"
#include "nodes/astra/mailbox.h"

namespace tessera {
namespace {

TEST(AstraClockTest, EventsOfOneTimeRunInTheOrderInWhichTheyWereScheduled) {
  AstraClock clock;
  RandomStream random({.run_seed = 3});
  std::vector<std::pair<int64_t, uint32_t>> expected;
  for (uint32_t i = 0; i < 5'000; ++i) {
    const auto time = static_cast<int64_t>(random.Below(700));
    clock.Schedule(time, {AstraEventKind::kArrival, i});
    expected.emplace_back(time, i);
  }
  std::sort(expected.begin(), expected.end());
  AstraEvent event;
  for (const auto& [time, subject] : expected) {
    ASSERT_TRUE(clock.Next(event));
    ASSERT_EQ(clock.now(), time);
    ASSERT_EQ(event.subject, subject);
  }
  EXPECT_FALSE(clock.Next(event));
}

TEST(AstraClockTest, AnEventMayAddOthersOfItsOwnTime) {
  AstraClock clock;
  clock.Schedule(5, {AstraEventKind::kArrival, 1});
  clock.Schedule(5, {AstraEventKind::kArrival, 2});
  AstraEvent event;
  ASSERT_TRUE(clock.Next(event));
  clock.Schedule(5, {AstraEventKind::kArrival, 3});
  clock.Schedule(69, {AstraEventKind::kArrival, 4});  // Shares a cache line with 5.
  for (const uint32_t subject : {2, 3, 4}) {
    ASSERT_TRUE(clock.Next(event));
    EXPECT_EQ(event.subject, subject);
  }
  EXPECT_EQ(clock.now(), 69);
}

TEST(AstraMailboxTest, TheKthSendMeetsTheKthReceive) {
  AstraMailbox mailbox;
  const uint32_t channel = mailbox.Open({.tag = 1, .source = 0, .target = 1, .bytes = 8});
  EXPECT_EQ(mailbox.Send(channel, 10), 0U);
  EXPECT_EQ(mailbox.Send(channel, 11), 1U);
  EXPECT_EQ(mailbox.Send(channel, 12), 2U);
  EXPECT_FALSE(mailbox.Post(channel, 20));
  EXPECT_FALSE(mailbox.Post(channel, 21));
  // Out of order: the second arrives first, and goes to the second receive.
  AstraMailbox::Arrival arrival = mailbox.Arrive(channel, 1);
  EXPECT_EQ(arrival.sender, 11U);
  EXPECT_EQ(arrival.receiver, 21U);
  arrival = mailbox.Arrive(channel, 2);
  EXPECT_EQ(arrival.sender, 12U);
  EXPECT_EQ(arrival.receiver, 0U);
  EXPECT_TRUE(mailbox.Post(channel, 22));
  EXPECT_EQ(mailbox.Arrive(channel, 0).receiver, 20U);
}

TEST(AstraMailboxTest, AChannelLastsAsLongAsSomethingInItIsOpen) {
  AstraMailbox mailbox;
  const AstraChannelKey key = {.tag = 1, .source = 0, .target = 1, .bytes = 8};
  const uint32_t channel = mailbox.Open(key);
  mailbox.Send(channel, 10);
  mailbox.Close(channel);
  EXPECT_EQ(mailbox.Open(key), channel);  // Not matched: the same one.
  mailbox.Arrive(channel, 0);
  EXPECT_TRUE(mailbox.Post(channel, 20));
  mailbox.Close(channel);
  const uint32_t other = mailbox.Open({.tag = 2, .source = 0, .target = 1, .bytes = 8});
  EXPECT_EQ(other, channel);               // Its place is free again, ...
  EXPECT_EQ(mailbox.Send(other, 30), 0U);  // ... and counts from nothing.
}

}  // namespace
}  // namespace tessera
