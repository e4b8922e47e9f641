#include "configs/library_spec.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "configs/chip_spec.h"

namespace tessera {

bool MatchesAny(const std::vector<std::string>& patterns, absl::string_view name) {
  if (patterns.empty()) return true;
  return std::any_of(patterns.begin(), patterns.end(), [&](absl::string_view pattern) {
    if (!absl::EndsWith(pattern, "*")) return pattern == name;
    return absl::StartsWith(name, pattern.substr(0, pattern.size() - 1));
  });
}

bool LibrarySpec::Knows(const ChipSpec& chip) const {
  return std::any_of(systems.begin(), systems.end(), [&](const LibrarySystem& s) {
    return MatchesAny(s.generations, chip.generation);
  });
}

}  // namespace tessera
