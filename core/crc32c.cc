#include "core/crc32c.h"

#include <array>
#include <cstring>

namespace tessera {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Bits reversed.
constexpr size_t kSlices = 8;

// tables[s][b]: the remainder of byte b followed by s zero bytes.
constexpr std::array<std::array<uint32_t, 256>, kSlices> MakeTables() {
  std::array<std::array<uint32_t, 256>, kSlices> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t s = 1; s < kSlices; ++s) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t crc = tables[s - 1][byte];
      tables[s][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}
constexpr auto kTables = MakeTables();

}  // namespace

// Eight bytes at a time by tables (Kounavis and Berry, "Novel table lookup-based algorithms for
// high-performance CRC generation", 2008).
uint32_t Crc32c(absl::string_view bytes) {
  uint32_t crc = 0xffffffff;
  while (bytes.size() >= kSlices) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), kSlices);
    word ^= crc;
    crc = 0;
    for (size_t s = 0; s < kSlices; ++s) crc ^= kTables[kSlices - 1 - s][(word >> (8 * s)) & 0xff];
    bytes.remove_prefix(kSlices);
  }
  for (const char c : bytes) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(c)) & 0xff];
  }
  return crc ^ 0xffffffff;
}

}  // namespace tessera
