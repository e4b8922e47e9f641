#include "configs/closest_name.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

const std::vector<std::string> kNames = {"run", "validate", "collective", "nvidia_h100_sxm_80gb"};

TEST(ClosestNameTest, FindsTheNameWithFewestEdits) {
  EXPECT_EQ(ClosestName("valdate", kNames), "validate");
  EXPECT_EQ(ClosestName("colectives", kNames), "collective");
  EXPECT_EQ(ClosestName("nvidia_h100_sxm_80g", kNames), "nvidia_h100_sxm_80gb");
  EXPECT_EQ(ClosestName("rum", kNames), "run");
}

TEST(ClosestNameTest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(ClosestName("sweep", kNames), "");
  EXPECT_EQ(ClosestName("", kNames), "");
  EXPECT_EQ(ClosestName(std::string(10'000, 'v'), kNames), "");
  EXPECT_EQ(DidYouMean("sweep", kNames), "");
  EXPECT_EQ(DidYouMean("runn", kNames), "; did you mean \"run\"?");
}

}  // namespace
}  // namespace tessera
