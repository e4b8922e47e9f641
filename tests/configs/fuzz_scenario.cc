// Whatever the bytes, the scenario loader answers with a scenario or an error.
#include <cstddef>
#include <cstdint>

#include "configs/catalog.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const tessera::Catalog catalog("tests/configs/catalog");
  const auto scenario = catalog.ParseScenario(text, "fuzz.yaml");
  TESSERA_CHECK(scenario.ok() || !scenario.status().message().empty());
  // What the loader accepts has the figures that the other rooms rely on.
  if (scenario.ok()) {
    TESSERA_CHECK(scenario->nodes >= 1 && scenario->system.chips_per_node >= 1);
    TESSERA_CHECK(scenario->system.chip.core_count >= 1);
    TESSERA_CHECK(scenario->job.index() != 0);
  }
  return 0;
}
