// Number formats, by the names of scenarios and measurement files.
#pragma once

#include <array>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/units.h"

namespace tessera {

enum class Precision {
  kFp32,
  kTf32,
  kFp16,
  kBf16,
  kFp8,
  kMxfp8,
  kNvfp4,
  kMxfp4,
  kInt8,
  kInt4,
  kBfp8,
  kBfp8Bfp4,
  kMixedFp16,
};
inline constexpr int kPrecisionCount = 13;

absl::StatusOr<Precision> ParsePrecision(
    absl::string_view name);  // "bf16"; lists the names on error.
absl::string_view PrecisionName(Precision precision);

// Storage bits of one value with its share of block scales: fp8 8, mxfp8 8.25, nvfp4 4.5,
// mxfp4 4.25, bfp8 8.5 (Tenstorrent: 16 values share 8 exponent bits). Source: domain notes, OCP
// MX 1.0.
double StorageBits(Precision precision);

// Bytes of `count` values, rounded up.
Bytes StorageBytes(Precision precision, int64_t count);

// A value for some of the precisions.
template <typename T>
class PrecisionMap {
 public:
  void Set(Precision p, T value) { values_[static_cast<size_t>(p)] = value; }
  const std::optional<T>& Get(Precision p) const { return values_[static_cast<size_t>(p)]; }

 private:
  std::array<std::optional<T>, kPrecisionCount> values_;
};

}  // namespace tessera
