// Whatever the bytes of a --set option, they change a good scenario or are answered with an error.
#include <cstddef>
#include <cstdint>

#include "configs/catalog.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string option(reinterpret_cast<const char*>(data), size);
  const tessera::Catalog catalog("tests/configs/catalog");
  const auto scenario = catalog.ParseScenario(
      "system: box\nmodel: tiny\ninference: {batch: 1, prompt_tokens: 8}\n", "s.yaml", {option});
  TESSERA_CHECK(scenario.ok() || !scenario.status().message().empty());
  return 0;
}
