// The matrix of `nvidia-smi topo -m`. Its legend: NV# bonded NVLinks; PIX at most one PCIe bridge;
// PXB several; PHB a PCIe host bridge; NODE the interconnect between host bridges of a NUMA node;
// SYS that between NUMA nodes.
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/formats/network_description.h"
#include "configs/formats/placed_words.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr std::array<absl::string_view, 5> kDistances = {"PIX", "PXB", "PHB", "NODE", "SYS"};
constexpr std::array<absl::string_view, 5> kBridges = {"pcie_switch", "pcie_root", "host_bridge",
                                                       "numa_node", "system"};
constexpr int kMostNvlinks = 18;  // Of one GPU, up to Hopper and Blackwell.

// What joins two devices.
struct Relation {
  int nvlinks = 0;    // 0: none.
  int distance = -1;  // Place in kDistances; -1: not told.
};

bool IsDevice(absl::string_view word) {
  return absl::StartsWith(word, "GPU") || absl::StartsWith(word, "NIC") ||
         absl::StartsWith(word, "mlx");
}

class MatrixReader {
 public:
  MatrixReader(absl::string_view text, const std::string& file, const MatrixRates& rates)
      : file_(file), lines_(PlacedLines(text)), rates_(rates) {}

  absl::StatusOr<NetworkDescription> Read() {
    TESSERA_RETURN_IF_ERROR(ReadHeader());
    TESSERA_RETURN_IF_ERROR(ReadRows());
    TESSERA_RETURN_IF_ERROR(CheckRates());
    AddDevices();
    AddNvlinks();
    AddBridges();
    network_.notes = {"the text has no latencies: all links have 0"};
    return std::move(network_);
  }

 private:
  bool IsGpu(size_t device) const { return absl::StartsWith(devices_[device], "GPU"); }

  // The first line that begins with GPU0 and does not go on with an entry names the columns.
  absl::Status ReadHeader() {
    for (; header_ < lines_.size(); ++header_) {
      const std::vector<PlacedWord>& words = lines_[header_].words;
      if (words[0].text == "GPU0" && (words.size() < 2 || words[1].text != "X")) break;
    }
    if (header_ == lines_.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_, ":1:1: no line that names the columns, from GPU0 on"));
    }
    for (const PlacedWord& word : lines_[header_].words) {
      if (!IsDevice(word.text)) break;
      devices_.emplace_back(word.text);
    }
    return absl::OkStatus();
  }

  absl::Status ReadRows() {
    const size_t n = devices_.size();
    relations_.assign(n, std::vector<Relation>(n));
    for (size_t row = 0; row < n; ++row) {
      const size_t at = header_ + 1 + row;
      if (at >= lines_.size()) {
        return ErrorAtWord(file_, lines_.back(), 0,
                           absl::StrCat("the text ends before the row of ", devices_[row]));
      }
      const PlacedLine& line = lines_[at];
      if (line.words[0].text != devices_[row]) {
        return ErrorAtWord(file_, line, 0,
                           absl::StrCat("row ", line.words[0].text, "; accepted: ", devices_[row],
                                        ", in the order of the columns"));
      }
      for (size_t column = 0; column < n; ++column) {
        TESSERA_RETURN_IF_ERROR(ReadEntry(line, row, column));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadEntry(const PlacedLine& line, size_t row, size_t column) {
    const size_t word = column + 1;
    const absl::string_view text = word < line.words.size() ? line.words[word].text : "nothing";
    Relation& relation = relations_[row][column];
    const auto distance = std::find(kDistances.begin(), kDistances.end(), text);
    if (row == column && text == "X") return absl::OkStatus();
    if (row != column && distance != kDistances.end()) {
      relation.distance = static_cast<int>(distance - kDistances.begin());
    } else if (row == column || !absl::StartsWith(text, "NV") ||
               !absl::SimpleAtoi(text.substr(2), &relation.nvlinks) || relation.nvlinks < 1 ||
               relation.nvlinks > 1024) {
      return ErrorAtWord(
          file_, line, word,
          absl::StrCat(text, " for ", devices_[row], " and ", devices_[column],
                       "; accepted: X on the diagonal, else NV1, NV2, ..., PIX, PXB, PHB, NODE or "
                       "SYS"));
    }
    const Relation& mirrored = relations_[column][row];
    if (column < row &&
        (mirrored.nvlinks != relation.nvlinks || mirrored.distance != relation.distance)) {
      return ErrorAtWord(file_, line, word,
                         absl::StrCat(text, " for ", devices_[row], " and ", devices_[column],
                                      ", but the row of ", devices_[column], " says otherwise"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRates() const {
    bool nvlinks = false;
    bool bridges = false;
    for (const std::vector<Relation>& row : relations_) {
      for (const Relation& relation : row) {
        nvlinks = nvlinks || relation.nvlinks > 0;
        bridges = bridges || relation.distance >= 0;
      }
    }
    if (nvlinks && rates_.nvlink == Bandwidth()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_,
                       ": the text names NVLinks but not their rate; give that of one link "
                       "and direction, such as \"25 GB/s\""));
    }
    if (bridges && rates_.pcie == Bandwidth()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_,
                       ": the text names PCIe bridges but not their rate; give that of a "
                       "slot and direction, such as \"32 GB/s\""));
    }
    return absl::OkStatus();
  }

  // GPUs first, in their order.
  void AddDevices() {
    place_.assign(devices_.size(), 0);
    for (const bool gpus : {true, false}) {
      for (size_t d = 0; d < devices_.size(); ++d) {
        if (IsGpu(d) != gpus) continue;
        place_[d] =
            network_.Add(gpus ? NetworkDescription::Kind::kChip : NetworkDescription::Kind::kNic,
                         absl::AsciiStrToLower(devices_[d]), 0);
      }
      if (gpus) network_.chips_per_node = static_cast<int>(network_.vertices.size());
    }
  }

  void Cable(int a, int b, Bandwidth bandwidth) {
    network_.cables.push_back({.a = a, .b = b, .bandwidth = bandwidth});
  }

  void AddNvlinks() {
    int most = 0;
    for (const std::vector<Relation>& row : relations_) {
      int sum = 0;
      for (const Relation& relation : row) sum += relation.nvlinks;
      most = std::max(most, sum);
    }
    const bool through_switch = most > kMostNvlinks;
    const int hub =
        through_switch ? network_.Add(NetworkDescription::Kind::kSwitch, "nvswitch", 0) : -1;
    for (size_t a = 0; a < devices_.size(); ++a) {
      int links = 0;
      for (size_t b = 0; b < devices_.size(); ++b) {
        const int between = relations_[a][b].nvlinks;
        links = std::max(links, between);
        if (!through_switch && b > a && between > 0) {
          Cable(place_[a], place_[b], rates_.nvlink * between);
        }
      }
      if (through_switch && links > 0) Cable(place_[a], hub, rates_.nvlink * links);
    }
  }

  // Level by level, devices and bridges that are no farther apart than the level get a bridge.
  void AddBridges() {
    std::vector<int> group(devices_.size());  // Of each device: its lowest member.
    std::iota(group.begin(), group.end(), 0);
    std::vector<int> top = place_;  // Of each group: the vertex that stands for it.
    for (int level = 0; level < static_cast<int>(kDistances.size()); ++level) {
      const std::vector<int> before = group;
      for (size_t a = 0; a < group.size(); ++a) {
        for (size_t b = 0; b < group.size(); ++b) {
          const int distance = relations_[a][b].distance;
          if (distance < 0 || distance > level || group[a] == group[b]) continue;
          const auto [low, high] = std::minmax(group[a], group[b]);
          std::replace(group.begin(), group.end(), int{high}, int{low});
        }
      }
      JoinGroups(before, group, level, top);
    }
  }

  void JoinGroups(const std::vector<int>& before, const std::vector<int>& after, int level,
                  std::vector<int>& top) {
    int made = 0;
    for (size_t g = 0; g < after.size(); ++g) {
      if (after[g] != static_cast<int>(g)) continue;
      std::set<int> parts;
      for (size_t d = 0; d < after.size(); ++d) {
        if (after[d] == after[g]) parts.insert(before[d]);
      }
      if (parts.size() < 2) continue;
      const int bridge =
          network_.Add(NetworkDescription::Kind::kSwitch,
                       absl::StrCat(kBridges[static_cast<size_t>(level)], made++), 0);
      for (const int part : parts) Cable(top[static_cast<size_t>(part)], bridge, rates_.pcie);
      top[g] = bridge;
    }
  }

  const std::string& file_;
  std::vector<PlacedLine> lines_;
  const MatrixRates& rates_;
  size_t header_ = 0;  // Line that names the columns.
  std::vector<std::string> devices_;
  std::vector<std::vector<Relation>> relations_;
  NetworkDescription network_;
  std::vector<int> place_;  // Of each device in the description.
};

}  // namespace

absl::StatusOr<NetworkDescription> ReadNvidiaSmiMatrix(absl::string_view text,
                                                       const std::string& file,
                                                       const MatrixRates& rates) {
  return MatrixReader(text, file, rates).Read();
}

}  // namespace tessera
