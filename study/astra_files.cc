#include "study/astra_files.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"

namespace tessera {

absl::StatusOr<std::vector<ChakraTrace>> ReadChakraFiles(const std::string& prefix, int ranks) {
  std::vector<ChakraTrace> traces;
  for (int rank = 0; rank < ranks; ++rank) {
    TESSERA_ASSIGN_OR_RETURN(ChakraTrace trace,
                             ReadChakraFile(absl::StrCat(prefix, ".", rank, ".et")));
    traces.push_back(std::move(trace));
  }
  return traces;
}

absl::StatusOr<AstraInputs> ReadAstraInputs(const AstraFiles& files) {
  AstraInputs inputs;
  TESSERA_ASSIGN_OR_RETURN(const YamlValue network, ReadYamlFile(files.network));
  TESSERA_ASSIGN_OR_RETURN(inputs.network, ReadAstraNetwork(network, files.network));
  TESSERA_ASSIGN_OR_RETURN(const YamlValue system, ReadYamlFile(files.system));
  TESSERA_ASSIGN_OR_RETURN(inputs.system, ReadAstraSystem(system, files.system));
  if (!files.remote_memory.empty()) {
    TESSERA_ASSIGN_OR_RETURN(const YamlValue memory, ReadYamlFile(files.remote_memory));
    TESSERA_ASSIGN_OR_RETURN(inputs.memory, ReadAstraRemoteMemory(memory, files.remote_memory));
  }
  if (!files.groups.empty() && !absl::StrContains(files.groups, "empty")) {
    TESSERA_ASSIGN_OR_RETURN(const YamlValue groups, ReadYamlFile(files.groups));
    TESSERA_ASSIGN_OR_RETURN(inputs.groups,
                             ReadAstraGroups(groups, files.groups, inputs.network.npus()));
  }
  TESSERA_ASSIGN_OR_RETURN(inputs.traces, ReadChakraFiles(files.workload, inputs.network.npus()));
  return inputs;
}

}  // namespace tessera
