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
  EXPECT_EQ(ClosestName("RUN", kNames), "run");
  EXPECT_EQ(ClosestName("nvidia_H100_smx_80gb", kNames), "nvidia_h100_sxm_80gb");
}

TEST(ClosestNameTest, TakesTheShortestNameThatContainsTheText) {
  EXPECT_EQ(ClosestName("h100", kNames), "nvidia_h100_sxm_80gb");
  EXPECT_EQ(ClosestName("a", kNames), "");
}

TEST(ClosestNameTest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(ClosestName("sweep", kNames), "");
  EXPECT_EQ(ClosestName("", kNames), "");
  EXPECT_EQ(ClosestName(std::string(10'000, 'v'), kNames), "");
  EXPECT_EQ(DidYouMean("sweep", kNames), "");
  EXPECT_EQ(DidYouMean("runn", kNames), "; did you mean \"run\"?");
}

TEST(ClosestNameTest, AnErrorListsWhatIsAccepted) {
  EXPECT_EQ(AcceptedNames("rum", kNames, 2), "did you mean \"run\"? accepted: run, validate, ...");
  EXPECT_EQ(AcceptedNames("sweep", absl::MakeSpan(kNames).subspan(0, 2)),
            "accepted: run, validate");
}

}  // namespace
}  // namespace tessera
