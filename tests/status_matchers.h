// GoogleTest matchers for absl::Status and StatusOr.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tessera {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).ok();
}

// The whole message, so that a changed error text fails.
MATCHER_P(FailsWith, message, "fails with this exact message") {
  *result_listener << StatusOf(arg);
  return !StatusOf(arg).ok() && std::string(StatusOf(arg).message()) == message;
}

MATCHER_P(FailsContaining, part, "fails with a message containing this part") {
  *result_listener << StatusOf(arg);
  return !StatusOf(arg).ok() &&
         std::string(StatusOf(arg).message()).find(part) != std::string::npos;
}

}  // namespace tessera
