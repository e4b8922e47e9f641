// Whatever the text, the readers of ASTRA-sim's files answer with what they hold or an error.
#include <cstddef>
#include <cstdint>

#include "configs/formats/astra.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = tessera::ParseYaml(text, "fuzz.yml");
  if (!root.ok()) return 0;
  const auto network = tessera::ReadAstraNetwork(*root, "fuzz.yml");
  const auto system = tessera::ReadAstraSystem(*root, "fuzz.yml");
  const auto memory = tessera::ReadAstraRemoteMemory(*root, "fuzz.yml");
  const auto groups = tessera::ReadAstraGroups(*root, "fuzz.yml", 8);
  TESSERA_CHECK(!network.ok() || network->npus() > 1);
  TESSERA_CHECK(!system.ok() || system->splits > 0);
  TESSERA_CHECK(memory.ok() || !memory.status().message().empty());
  TESSERA_CHECK(groups.ok() || !groups.status().message().empty());
  return 0;
}
