#include "configs/precision.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "configs/closest_name.h"

namespace tessera {
namespace {

struct Format {
  absl::string_view name;
  double bits;
};

// In the order of the enum. Block scales: OCP MX 1.0 shares 8 bits among 32 values, NVFP4 8 bits
// among 16, Tenstorrent's block floating point 8 exponent bits among 16. bfp8_bfp4 stores gate and
// up projections with 4 bits a value (all other weights are bfp8, workload/operator_list.h).
constexpr std::array<Format, kPrecisionCount> kFormats = {{
    {"fp32", 32},
    {"tf32", 32},
    {"fp16", 16},
    {"bf16", 16},
    {"fp8", 8},
    {"mxfp8", 8.25},
    {"nvfp4", 4.5},
    {"mxfp4", 4.25},
    {"int8", 8},
    {"int4", 4},
    {"bfp8", 8.5},
    {"bfp8_bfp4", 4.5},
    {"mixed_fp16", 16},
}};

}  // namespace

absl::StatusOr<Precision> ParsePrecision(absl::string_view name) {
  std::vector<std::string> names;
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto& format = kFormats[static_cast<size_t>(i)];
    if (format.name == name) return static_cast<Precision>(i);
    names.emplace_back(format.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown number format \"", name, "\"; ", AcceptedNames(name, names)));
}

absl::string_view PrecisionName(Precision precision) {
  return kFormats[static_cast<size_t>(precision)].name;
}

double StorageBits(Precision precision) { return kFormats[static_cast<size_t>(precision)].bits; }

Bytes StorageBytes(Precision precision, int64_t count) {
  // Bits are multiples of a quarter: counted in quarters, the product is exact.
  const auto quarter_bits = static_cast<int64_t>(StorageBits(precision) * 4);
  __extension__ using Wide = __int128;
  return Bytes(static_cast<int64_t>((static_cast<Wide>(count) * quarter_bits + 31) / 32));
}

}  // namespace tessera
