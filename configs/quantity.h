// Quantities as people write them: a decimal number, blanks, a unit. "450 GB/s", "2.5 us",
// "80 GiB", "1.2e3 W". Conversion is exact decimal arithmetic, so the same text gives the same
// bits everywhere; what is finer than a whole byte, byte per second or picosecond is rounded to
// the nearest.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/units.h"

namespace tessera {

// A kind of quantity and the unit it is stored in.
enum class QuantityKind {
  kBytes,          // Whole bytes.
  kBandwidth,      // Whole bytes per second.
  kDuration,       // Whole picoseconds.
  kFlopRate,       // FLOP/s; TOP/s of integer units count the same way.
  kOperationRate,  // Operations per second.
  kFrequency,      // Hertz.
  kPower,          // Watts.
  kMoney,          // US dollars.
  kMoneyPerHour,
  kArea,          // Square millimetres.
  kEnergyPerBit,  // Joules per bit.
};

// Is the value a whole number of its unit (the first three)?
bool IsWholeQuantity(QuantityKind kind);

// An example with a unit: "450 GB/s".
absl::string_view QuantityExample(QuantityKind kind);

// Accepted units, smallest first where they have an order: "B/s", "KB/s", ...
std::vector<std::string> QuantityUnits(QuantityKind kind);

// Value in the stored unit. Errors (no place; the caller prepends it): no number, no unit, an
// unknown unit with the closest one and all accepted ones, negative, NaN, infinite, more than
// 2^63-1.
absl::StatusOr<double> ParseQuantity(absl::string_view text, QuantityKind kind);
// Of whole kinds only.
absl::StatusOr<int64_t> ParseWholeQuantity(absl::string_view text, QuantityKind kind);

absl::StatusOr<Bytes> ParseBytes(absl::string_view text);
absl::StatusOr<Bandwidth> ParseBandwidth(absl::string_view text);
absl::StatusOr<Duration> ParseDuration(absl::string_view text);

}  // namespace tessera
