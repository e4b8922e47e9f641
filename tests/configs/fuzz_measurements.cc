// Whatever the bytes, the reader of measurement files answers with cases or an error.
#include <cstddef>
#include <cstdint>

#include "configs/formats/measurements.h"
#include "configs/yaml_tree.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = tessera::ParseYaml(text, "fuzz.yaml");
  if (!root.ok()) return 0;
  const tessera::KnownNames names = {
      .chips = {"small_gpu"}, .links = {"fast", "rateless"}, .models = {"tiny"}};
  const auto cases = tessera::ReadMeasurements(*root, "fuzz.yaml", names);
  TESSERA_CHECK(cases.ok() || !cases.status().message().empty());
  return 0;
}
