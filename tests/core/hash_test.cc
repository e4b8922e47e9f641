#include "core/hash.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

// Test vectors of the algorithm's authors.
TEST(StableHashTest, IsFnv1aWith128Bits) {
  EXPECT_EQ(StableHashHex(""), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(StableHashHex("a"), "d228cb696f1a8caf78912b704e4a8964");
  EXPECT_EQ(StableHashHex("foobar"), "343e1662793c64bf6f0d3597ba446f18");
}

TEST(StableHashTest, PiecesHashLikeTheWhole) {
  StableHash pieces;
  pieces.Add("foo");
  pieces.Add("");
  pieces.Add("bar");
  EXPECT_EQ(pieces.Hex(), StableHashHex("foobar"));
  EXPECT_EQ(pieces.low64(), 0x6f0d3597ba446f18);
}

TEST(StableHashTest, AnIntegerIsItsBytesFromTheLeastSignificant) {
  StableHash number;
  number.AddInteger(0x3837363534333231);
  EXPECT_EQ(number.Hex(), StableHashHex("12345678"));
}

}  // namespace
}  // namespace tessera
