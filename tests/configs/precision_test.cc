#include "configs/precision.h"

#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(PrecisionTest, NamesGoBothWays) {
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto precision = static_cast<Precision>(i);
    EXPECT_EQ(ParsePrecision(PrecisionName(precision)).value(), precision);
  }
  EXPECT_THAT(ParsePrecision("fp61"),
              FailsWith("unknown number format \"fp61\"; did you mean \"fp16\"? accepted: fp32, "
                        "tf32, fp16, bf16, fp8, mxfp8, nvfp4, mxfp4, int8, int4, bfp8, bfp8_bfp4, "
                        "mixed_fp16"));
}

TEST(PrecisionTest, StorageIncludesBlockScalesAndRoundsUp) {
  EXPECT_EQ(StorageBytes(Precision::kBf16, 3), Bytes(6));
  EXPECT_EQ(StorageBytes(Precision::kMxfp8, 32), Bytes(33));     // 32 values and one scale.
  EXPECT_EQ(StorageBytes(Precision::kNvfp4, 16), Bytes(9));      // 8 bytes and one scale.
  EXPECT_EQ(StorageBytes(Precision::kMxfp4, 32), Bytes(17));     // 16 bytes and one scale.
  EXPECT_EQ(StorageBytes(Precision::kBfp8, 1024), Bytes(1088));  // A tile of Tenstorrent.
  EXPECT_EQ(StorageBytes(Precision::kInt4, 3), Bytes(2));
  EXPECT_EQ(StorageBytes(Precision::kFp32, int64_t{1} << 60), Bytes(int64_t{1} << 62));
}

}  // namespace
}  // namespace tessera
