#include "core/share_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/memory_transport.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// Of every length around whole words, and of none.
std::string BytesOf(int partition, int round) {
  return std::string(static_cast<size_t>((partition * 5 + round) % 19),
                     static_cast<char>('a' + partition));
}

TEST(ShareBytesTest, EverybodyReceivesWhatEachHasGiven) {
  constexpr int kPartitions = 4;
  const absl::Status status = RunOnThreads(kPartitions, [](WindowTransport& transport) {
    for (int round = 0; round < 40; ++round) {
      const auto all = ShareBytes(transport, BytesOf(transport.self(), round));
      EXPECT_THAT(all, IsOk());
      if (!all.ok()) return all.status();
      EXPECT_EQ(all->size(), size_t{kPartitions});
      for (int p = 0; p < kPartitions; ++p) {
        EXPECT_EQ((*all)[static_cast<size_t>(p)], BytesOf(p, round)) << "round " << round;
      }
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(status, IsOk());
}

TEST(ShareBytesTest, EventsThatAreNoBytesAreAnError) {
  const absl::Status status = RunOnThreads(2, [](WindowTransport& transport) {
    if (transport.self() == 0) return ShareBytes(transport, "mine").status();
    std::vector<WindowMessage> messages(2);
    messages[0].events.resize(2);
    messages[0].events[0].payload = 9;  // Two events hold 8 bytes.
    std::vector<WindowMessage> incoming(2);
    return transport.Exchange(messages, incoming);
  });
  EXPECT_THAT(status, FailsWith("events that carry no bytes"));
}

}  // namespace
}  // namespace tessera
