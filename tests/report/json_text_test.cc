#include "report/json_text.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(JsonText, EscapesWhatJsonForbids) {
  EXPECT_EQ(JsonString("a\"b\\c\nd\te\x01"), R"("a\"b\\c\nd\te\u0001")");
  EXPECT_EQ(JsonString("µs"), "\"µs\"");
}

TEST(JsonText, IntegersBecomeStringsFrom2To53) {
  EXPECT_EQ(JsonInteger(int64_t{9007199254740991}), "9007199254740991");
  EXPECT_EQ(JsonInteger(int64_t{9007199254740992}), "\"9007199254740992\"");
  EXPECT_EQ(JsonInteger(int64_t{-9007199254740991}), "-9007199254740991");
  EXPECT_EQ(JsonInteger(int64_t{-9007199254740992}), "\"-9007199254740992\"");
  EXPECT_EQ(JsonInteger(~uint64_t{0}), "\"18446744073709551615\"");
}

TEST(JsonText, DoublesAreTheShortestThatReadBack) {
  EXPECT_EQ(JsonDouble(0.1), "0.1");
  EXPECT_EQ(JsonDouble(1e-12), "1e-12");
  EXPECT_EQ(JsonDouble(3), "3");
}

TEST(JsonTextDeathTest, NotANumberIsOurFault) { EXPECT_DEATH(JsonDouble(0.0 / 0.0), "isfinite"); }

}  // namespace
}  // namespace tessera
