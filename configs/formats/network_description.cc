#include "configs/formats/network_description.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Whether the first line is three whole numbers.
bool StartsWithCounts(absl::string_view text) {
  const absl::string_view line = text.substr(0, text.find('\n'));
  int numbers = 0;
  bool in_number = false;
  for (const char c : line) {
    if (absl::ascii_isdigit(c)) {
      numbers += in_number ? 0 : 1;
      in_number = true;
    } else if (absl::ascii_isspace(c)) {
      in_number = false;
    } else {
      return false;
    }
  }
  return numbers == 3;
}

}  // namespace

int NetworkDescription::Add(Kind kind, absl::string_view name, int node) {
  vertices.push_back({.kind = kind, .name = std::string(name), .node = node});
  return static_cast<int>(vertices.size()) - 1;
}

absl::StatusOr<NetworkDescription> ReadNetworkText(absl::string_view text, const std::string& file,
                                                   const MatrixRates& rates) {
  const absl::string_view body = absl::StripLeadingAsciiWhitespace(text);
  if (absl::StartsWith(body, "<")) return ReadNcclTopology(text, file);
  if (StartsWithCounts(body)) return ReadNs3Links(text, file);
  if (absl::StrContains(text, "npus_count")) return ReadAstraTopology(text, file);
  if (absl::StrContains(text, "GPU0")) return ReadNvidiaSmiMatrix(text, file, rates);
  return absl::InvalidArgumentError(absl::StrCat(
      file,
      ":1:1: not a network that can be read; accepted: network.yml of ASTRA-sim (with "
      "npus_count), an NCCL topology file (<system ...>), the text of nvidia-smi topo -m, a "
      "link list of ns-3 (nodes, switches and links on the first line)"));
}

absl::StatusOr<NetworkDescription> ReadNetworkFile(const std::string& path,
                                                   const MatrixRates& rates) {
  TESSERA_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ReadNetworkText(text, path, rates);
}

}  // namespace tessera
