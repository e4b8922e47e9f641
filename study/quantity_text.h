// Figures as people read them: four significant digits and a prefix, "12.34 us", "1.9 TB/s".
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace tessera {

// `unit` is a base unit of measurement files: s, bytes/s, flop/s, tokens/s/chip, ratio, cycles.
// Only the first three take prefixes.
std::string QuantityText(double value, absl::string_view unit);

// Four significant digits, no exponent between 1e-4 and 1e7.
std::string NumberText(double value);

// "+5.1 %" for 0.05 as a natural logarithm of a ratio; "x12.3" where percent would be hard to read.
std::string LogErrorText(double log_error);

}  // namespace tessera
