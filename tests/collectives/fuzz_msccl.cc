// Whatever the text, the reader of MSCCL files answers with a proven algorithm or an error.
#include <cstddef>
#include <cstdint>

#include "collectives/msccl.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto algorithm = tessera::ReadMsccl(text, "fuzz.xml");
  TESSERA_CHECK(algorithm.ok() || !algorithm.status().message().empty());
  return 0;
}
