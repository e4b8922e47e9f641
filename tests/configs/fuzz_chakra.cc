// Whatever the bytes, the reader of Chakra traces answers with a trace or an error.
#include <cstddef>
#include <cstdint>

#include "configs/formats/chakra.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto trace = tessera::ReadChakraTrace(bytes, "fuzz.et");
  TESSERA_CHECK(trace.ok() || !trace.status().message().empty());
  return 0;
}
