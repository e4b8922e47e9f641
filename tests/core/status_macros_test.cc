#include "core/status_macros.h"

#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return absl::InvalidArgumentError("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  TESSERA_ASSIGN_OR_RETURN(const int half, Half(n));
  TESSERA_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

absl::Status CheckQuarter(int n) {
  TESSERA_RETURN_IF_ERROR(Quarter(n).status());
  return absl::OkStatus();
}

TEST(StatusMacrosTest, AValuePassesAndAnErrorReturnsAtOnce) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_THAT(Quarter(6), FailsWith("odd"));
  EXPECT_THAT(CheckQuarter(12), IsOk());
  EXPECT_THAT(CheckQuarter(5), FailsWith("odd"));
}

}  // namespace
}  // namespace tessera
