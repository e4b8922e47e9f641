// A hash of bytes that is the same on every machine and in every version: FNV-1a with 128 bits
// (Fowler, Noll, Vo; RFC 9923). For result and trace hashes and as a key of scenarios; not meant
// to withstand forgery. Of n distinct inputs two collide with probability about n^2 / 2^129.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace tessera {

class StableHash {
 public:
  void Add(absl::string_view bytes);
  // As 8 bytes, least significant first.
  void AddInteger(uint64_t value);

  // 32 lower-case hexadecimal digits.
  std::string Hex() const;
  // The lower half.
  uint64_t low64() const { return static_cast<uint64_t>(state_); }

 private:
  __extension__ using Wide = unsigned __int128;
  void AddByte(uint8_t byte) {
    constexpr Wide kPrime = (Wide{1} << 88) + 0x13b;
    state_ = (state_ ^ byte) * kPrime;
  }

  Wide state_ = Wide{0x6c62272e07bb0142} << 64 | 0x62b821756295c58d;
};

// The hash of one string.
std::string StableHashHex(absl::string_view bytes);

}  // namespace tessera
