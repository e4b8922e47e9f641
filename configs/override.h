// "path=value" of the command line as a tree that is decoded on top of a scenario. Private to the
// room.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "configs/yaml_tree.h"

namespace tessera {

// How errors call an override: "--set plan.tensor".
std::string OverrideName(const std::string& assignment);

// "plan.tensor=4" -> {plan: {tensor: 4}}, "system.chip.memory[0].bandwidth=4 TB/s" -> {system:
// {chip: {memory: {"[0]": {bandwidth: 4 TB/s}}}}}. The value is YAML. Positions have no lines.
absl::StatusOr<YamlValue> OverrideTree(const std::string& assignment);

}  // namespace tessera
