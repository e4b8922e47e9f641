#include "core/hash.h"

#include "absl/strings/str_cat.h"

namespace tessera {

void StableHash::Add(absl::string_view bytes) {
  for (const char c : bytes) AddByte(static_cast<uint8_t>(c));
}

void StableHash::AddInteger(uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) AddByte(static_cast<uint8_t>(value >> shift));
}

std::string StableHash::Hex() const {
  return absl::StrCat(absl::Hex(static_cast<uint64_t>(state_ >> 64), absl::kZeroPad16),
                      absl::Hex(low64(), absl::kZeroPad16));
}

std::string StableHashHex(absl::string_view bytes) {
  StableHash hash;
  hash.Add(bytes);
  return hash.Hex();
}

}  // namespace tessera
