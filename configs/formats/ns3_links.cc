// Link lists of the ns-3 fork for RDMA (scratch/topology of astra-network-ns3): the first line
// counts nodes, switches and links, the second lists the switches, every other one is a link:
// source, target, rate, delay, error rate.
#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/formats/network_description.h"
#include "configs/formats/placed_words.h"
#include "configs/quantity.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kMostNodes = 1 << 22;

// "200Gbps" as "200 Gb/s", "0.005ms" as "0.005 ms".
std::string Spaced(absl::string_view text) {
  const size_t unit = std::min(text.find_first_not_of("0123456789.eE+-"), text.size());
  std::string name(text.substr(unit));
  for (const char* bits : {"bps", "Kbps", "Mbps", "Gbps", "Tbps"}) {
    if (name == bits) name = absl::StrCat(name.substr(0, name.size() - 3), "b/s");
  }
  return absl::StrCat(text.substr(0, unit), " ", name);
}

class Ns3Reader {
 public:
  Ns3Reader(absl::string_view text, const std::string& file)
      : file_(file), lines_(PlacedLines(text)) {}

  absl::StatusOr<NetworkDescription> Read() {
    TESSERA_ASSIGN_OR_RETURN(const int nodes, Number(0, 0, "the number of nodes", kMostNodes));
    TESSERA_ASSIGN_OR_RETURN(const int switches, Number(0, 1, "the number of switches", nodes));
    TESSERA_ASSIGN_OR_RETURN(const int links, Number(0, 2, "the number of links", kMostNodes));
    TESSERA_RETURN_IF_ERROR(AddVertices(nodes, switches));
    const size_t first = switches > 0 ? 2 : 1;
    if (lines_.size() != first + static_cast<size_t>(links)) {
      return ErrorAtWord(file_, lines_[0], 2,
                         absl::StrCat("found ", lines_.size() - std::min(first, lines_.size()),
                                      " lines of links; accepted: the number given here, ", links));
    }
    for (size_t line = first; line < lines_.size(); ++line) {
      TESSERA_RETURN_IF_ERROR(AddLink(line, nodes));
    }
    return std::move(network_);
  }

 private:
  absl::StatusOr<int> Number(size_t line, size_t word, absl::string_view what, int most) const {
    if (line >= lines_.size()) {
      return absl::InvalidArgumentError(absl::StrCat(file_, ": ends before ", what));
    }
    int number = 0;
    const bool there = word < lines_[line].words.size();
    if (there && absl::SimpleAtoi(lines_[line].words[word].text, &number) && number >= 0 &&
        number <= most) {
      return number;
    }
    return ErrorAtWord(file_, lines_[line], word,
                       absl::StrCat(there ? lines_[line].words[word].text : "nothing", " for ",
                                    what, "; accepted: a whole number up to ", most));
  }

  // Hosts are all nodes that are not listed as switches.
  absl::Status AddVertices(int nodes, int switches) {
    std::vector<bool> is_switch(static_cast<size_t>(nodes), false);
    for (int s = 0; s < switches; ++s) {
      TESSERA_ASSIGN_OR_RETURN(const int id,
                               Number(1, static_cast<size_t>(s), "a switch", nodes - 1));
      is_switch[static_cast<size_t>(id)] = true;
    }
    place_.assign(static_cast<size_t>(nodes), 0);
    for (const bool wanted : {false, true}) {
      for (int id = 0; id < nodes; ++id) {
        if (is_switch[static_cast<size_t>(id)] != wanted) continue;
        const auto kind =
            wanted ? NetworkDescription::Kind::kSwitch : NetworkDescription::Kind::kChip;
        place_[static_cast<size_t>(id)] =
            network_.Add(kind, absl::StrCat(wanted ? "switch" : "host", id),
                         wanted ? -1 : static_cast<int>(network_.vertices.size()));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddLink(size_t line, int nodes) {
    const std::vector<PlacedWord>& words = lines_[line].words;
    TESSERA_ASSIGN_OR_RETURN(const int a, Number(line, 0, "the source", nodes - 1));
    TESSERA_ASSIGN_OR_RETURN(const int b, Number(line, 1, "the target", nodes - 1));
    if (words.size() != 5) {
      return ErrorAtWord(file_, lines_[line], std::min<size_t>(words.size(), 5),
                         absl::StrCat("found ", words.size(),
                                      " words; accepted: source, target, rate, delay, error rate"));
    }
    if (a == b) return ErrorAtWord(file_, lines_[line], 1, "a link from a node to itself");
    const auto rate = ParseBandwidth(Spaced(words[2].text));
    if (!rate.ok()) return ErrorAtWord(file_, lines_[line], 2, rate.status().message());
    const auto delay = ParseDuration(Spaced(words[3].text));
    if (!delay.ok()) return ErrorAtWord(file_, lines_[line], 3, delay.status().message());
    double error_rate = 0;
    if (!absl::SimpleAtod(words[4].text, &error_rate) || error_rate != 0) {
      return ErrorAtWord(file_, lines_[line], 4,
                         absl::StrCat("error rate ", words[4].text,
                                      "; accepted: 0 (links that lose packets are not modelled)"));
    }
    network_.cables.push_back({.a = place_[static_cast<size_t>(a)],
                               .b = place_[static_cast<size_t>(b)],
                               .bandwidth = *rate,
                               .latency = *delay,
                               .leaves_node = true});
    return absl::OkStatus();
  }

  const std::string& file_;
  std::vector<PlacedLine> lines_;
  NetworkDescription network_;
  std::vector<int> place_;  // In the description, of each node.
};

}  // namespace

absl::StatusOr<NetworkDescription> ReadNs3Links(absl::string_view text, const std::string& file) {
  return Ns3Reader(text, file).Read();
}

}  // namespace tessera
