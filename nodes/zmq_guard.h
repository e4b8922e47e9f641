// Turns the exceptions of cppzmq into a Status.
#pragma once

#include <zmq.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tessera {

template <typename Action>
absl::Status GuardZmq(absl::string_view what, Action action) {
  try {
    action();
  } catch (const zmq::error_t& error) {
    return absl::UnavailableError(absl::StrCat(what, ": ", error.what()));
  }
  return absl::OkStatus();
}

}  // namespace tessera
