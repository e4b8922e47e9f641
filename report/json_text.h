// Pieces of JSON text.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace tessera {

// `text` in double quotes. Bytes from 0x80 on pass through (UTF-8).
std::string JsonString(absl::string_view text);

// A number below 2^53 in magnitude, else a string of digits.
std::string JsonInteger(int64_t value);
std::string JsonInteger(uint64_t value);

// The shortest digits that read back as `value`, which must be finite.
std::string JsonDouble(double value);

}  // namespace tessera
