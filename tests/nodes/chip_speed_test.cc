#include "nodes/chip_speed.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(ChipSpeedTest, FullWithoutFaults) {
  EXPECT_EQ(ChipSpeed().TimeOf(Duration(12'345), Time(Duration(7))), Duration(12'345));
}

TEST(ChipSpeedTest, AComputationFeelsWhatChangesMeanwhile) {
  ChipSpeed speed;
  speed.Add({.from = Time(Duration(1000)), .length = Duration(400), .speed = 0.5});
  EXPECT_EQ(speed.TimeOf(Duration(1000), Time()), Duration(1000));
  EXPECT_EQ(speed.TimeOf(Duration(1100), Time()), Duration(1200));  // 100 at half the speed.
  EXPECT_EQ(speed.TimeOf(Duration(1500), Time()), Duration(1700));  // 200 lost in 400.
  EXPECT_EQ(speed.TimeOf(Duration(100), Time(Duration(1300))), Duration(150));
  EXPECT_EQ(speed.TimeOf(Duration(100), Time(Duration(1400))), Duration(100));
}

TEST(ChipSpeedTest, NowAndThenAndTheSlowestOfSeveral) {
  ChipSpeed speed;
  speed.Add({.from = Time(), .length = Duration(100), .every = Duration(200), .speed = 0.5});
  // 50 in each slow half of a period, 100 in the other.
  EXPECT_EQ(speed.TimeOf(Duration(300), Time()), Duration(400));
  EXPECT_EQ(speed.TimeOf(Duration(150'000), Time(Duration(2000))), Duration(200'000));
  speed.Add({.from = Time(), .speed = 0.25});
  EXPECT_EQ(speed.TimeOf(Duration(100), Time()), Duration(400));
}

}  // namespace
}  // namespace tessera
