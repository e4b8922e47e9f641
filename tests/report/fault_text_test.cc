#include "report/fault_text.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace tessera {
namespace {

constexpr Duration kMillisecond(1'000'000'000);

TEST(FaultTextTest, SaysWhatWhenAndHowLong) {
  const std::vector<FaultSpec> faults = {
      {.link = "leaf0 -> spine1",
       .at = 2 * kMillisecond,
       .length = 3 * kMillisecond,
       .every = 10 * kMillisecond,
       .rate = 0},
      {.device = "node0/chip3", .rate = 0.25, .speed = 0.5},
      {.device = "spine0", .rate = 0, .reroute_after = std::nullopt},
      {.device = "spine0", .rate = 0, .reroute_after = kMillisecond},
      {.device = "node0/nic0", .bit_error_rate = 1e-9}};
  EXPECT_EQ(FaultText(faults[0]), "leaf0 -> spine1 down from 2 ms to 5 ms, again every 10 ms");
  EXPECT_EQ(FaultText(faults[1]), "node0/chip3 computes at 50.0 %, links at 25.0 %");
  EXPECT_EQ(FaultText(faults[2]), "spine0 down (waited for)");
  EXPECT_EQ(FaultText(faults[3]), "spine0 down (gone round after 1 ms)");
  EXPECT_EQ(FaultsText({faults[2], faults[4]}),
            "spine0 down (waited for); node0/nic0 repeats packets: bit error rate 1e-09");
}

}  // namespace
}  // namespace tessera
