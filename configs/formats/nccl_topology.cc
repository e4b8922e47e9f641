// NCCL topology files. Elements: system > cpu > pci (nested; class 0x0604 bridge, 0x03 GPU, 0x02
// NIC) > gpu > nvlink; pci > nic > net. Source of the format and of the rates: NVIDIA/nccl,
// src/graph/xml.cc, topo.cc and topo.h (version 2.21).
#include <algorithm>
#include <cmath>
#include <map>
#include <pugixml.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/formats/network_description.h"
#include "configs/positions.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Kind = NetworkDescription::Kind;

// What NCCL takes an NVLink of a GPU generation to carry, each direction.
Bandwidth NvlinkRate(int sm) {
  if (sm >= 100) return Bandwidth::BytesPerSecond(40'100'000'000);
  if (sm >= 90) return Bandwidth::BytesPerSecond(20'600'000'000);
  if (sm == 86) return Bandwidth::GigabytesPerSecond(12);
  if (sm >= 70) return Bandwidth::GigabytesPerSecond(20);
  return Bandwidth::GigabytesPerSecond(18);
}

// What NCCL takes the link between two CPUs to carry.
Bandwidth CpuRate(absl::string_view architecture, absl::string_view vendor) {
  if (architecture == "ppc64") return Bandwidth::GigabytesPerSecond(32);
  if (vendor == "AuthenticAMD") return Bandwidth::GigabytesPerSecond(16);
  if (vendor == "GenuineIntel") return Bandwidth::GigabytesPerSecond(10);
  return Bandwidth::GigabytesPerSecond(6);
}

// Payload of one lane: 8b/10b up to 5 GT/s, 128b/130b from 8, FLITs of 242 in 256 bytes at 64.
double LaneBytesPerSecond(double gigatransfers) {
  const double code = gigatransfers < 8 ? 0.8 : gigatransfers < 64 ? 128.0 / 130 : 242.0 / 256;
  return gigatransfers * 1e9 / 8 * code;
}

class NcclReader {
 public:
  NcclReader(absl::string_view text, const std::string& file) : text_(text), file_(file) {}

  absl::StatusOr<NetworkDescription> Read() {
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(text_.data(), text_.size());
    if (!parsed) return Error(parsed.offset, absl::StrCat("not XML: ", parsed.description()));
    const pugi::xml_node system = document.child("system");
    if (!system) return Error(0, "no <system>; accepted: an NCCL topology file");
    for (const bool chips : {true, false}) {
      chips_ = chips;
      for (const pugi::xml_node cpu : system.children("cpu")) {
        TESSERA_RETURN_IF_ERROR(ReadCpu(cpu));
      }
    }
    TESSERA_RETURN_IF_ERROR(AddNvlinks());
    if (gpus_.empty()) return Error(0, "no GPU (a pci of class 0x03...)");
    network_.chips_per_node = static_cast<int>(InOrder().size());
    JoinCpus();
    network_.notes.insert(
        network_.notes.begin(),
        "the file has no latencies: all links have 0; rates of NVLink and between "
        "CPUs are those that NCCL assumes");
    return std::move(network_);
  }

 private:
  absl::Status Error(ptrdiff_t offset, absl::string_view message) const {
    const absl::string_view before =
        text_.substr(0, static_cast<size_t>(std::max<ptrdiff_t>(0, offset)));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t start = before.rfind('\n') == absl::string_view::npos ? 0 : before.rfind('\n') + 1;
    return ErrorAt({.file = file_,
                    .line = static_cast<int>(line),
                    .column = static_cast<int>(before.size() - start) + 1},
                   message);
  }

  // The first of two passes makes the GPUs, which come before all other vertices.
  absl::Status ReadCpu(const pugi::xml_node& cpu) {
    const std::string name = absl::StrCat("cpu", cpu.attribute("numaid").value());
    int place = -1;
    if (!chips_) {
      place = network_.Add(Kind::kSwitch, name, 0);
      cpus_.push_back(
          {place, CpuRate(cpu.attribute("arch").value(), cpu.attribute("vendor").value())});
    }
    for (const pugi::xml_node pci : cpu.children("pci")) {
      TESSERA_RETURN_IF_ERROR(ReadPci(pci, place, 0));
    }
    return absl::OkStatus();
  }

  absl::Status ReadPci(const pugi::xml_node& pci, int above, int depth) {
    constexpr int kDeepest = 64;
    if (depth > kDeepest) return Error(pci.offset_debug(), "more than 64 PCIe bridges deep");
    const std::string bus = pci.attribute("busid").value();
    const absl::string_view kind = pci.attribute("class").value();
    if (bus.empty()) return Error(pci.offset_debug(), "a pci without a busid");
    int place = -1;
    if (absl::StartsWith(kind, "0x03")) {
      place = chips_ ? AddGpu(pci, bus) : gpus_.at(bus).place;
    } else if (absl::StartsWith(kind, "0x02")) {
      place = chips_ ? -1 : network_.Add(Kind::kNic, NameOfNic(pci, bus), 0);
    } else if (absl::StartsWith(kind, "0x06")) {
      place = chips_ ? -1 : network_.Add(Kind::kSwitch, absl::StrCat("pci/", bus), 0);
    } else {
      return Error(pci.offset_debug(),
                   absl::StrCat("pci ", bus, ": class \"", kind,
                                "\"; accepted: 0x03... (GPU), 0x02... (NIC), 0x06... (bridge)"));
    }
    if (!chips_) {
      TESSERA_ASSIGN_OR_RETURN(const Bandwidth rate, RateOf(pci, bus));
      network_.cables.push_back({.a = place, .b = above, .bandwidth = rate});
    }
    for (const pugi::xml_node below : pci.children("pci")) {
      TESSERA_RETURN_IF_ERROR(ReadPci(below, place, depth + 1));
    }
    return absl::OkStatus();
  }

  int AddGpu(const pugi::xml_node& pci, const std::string& bus) {
    const pugi::xml_node gpu = pci.child("gpu");
    const std::string device = gpu.attribute("dev").value();
    const int place = network_.Add(
        Kind::kChip, absl::StrCat("gpu", device.empty() ? absl::StrCat("/", bus) : device), 0);
    gpus_.emplace(absl::AsciiStrToLower(bus), Gpu{place, gpu});
    gpus_.emplace(bus, Gpu{place, gpu});
    return place;
  }

  static std::string NameOfNic(const pugi::xml_node& pci, const std::string& bus) {
    const std::string name = pci.child("nic").child("net").attribute("name").value();
    return name.empty() ? absl::StrCat("nic/", bus) : name;
  }

  absl::StatusOr<Bandwidth> RateOf(const pugi::xml_node& pci, const std::string& bus) {
    const absl::string_view speed = pci.attribute("link_speed").value();
    const absl::string_view width = pci.attribute("link_width").value();
    if (speed.empty() || width.empty() || absl::StartsWith(speed, "Unknown")) {
      network_.notes.push_back(
          absl::StrCat("pci ", bus, " has no link_speed and link_width: PCIe 3 x16, as in NCCL"));
      return Bandwidth::BytesPerSecond(std::llround(16 * LaneBytesPerSecond(8)));
    }
    double gigatransfers = 0;
    double lanes = 0;
    const absl::string_view number = speed.substr(0, speed.find(' '));
    if (!absl::SimpleAtod(number, &gigatransfers) || gigatransfers <= 0 || gigatransfers > 1000 ||
        !absl::StrContains(speed, "GT/s") || !absl::SimpleAtod(width, &lanes) || lanes < 1 ||
        lanes > 64) {
      return Error(pci.offset_debug(),
                   absl::StrCat("pci ", bus, ": link_speed \"", speed, "\", link_width \"", width,
                                "\"; accepted: such as \"16 GT/s\" and \"16\""));
    }
    return Bandwidth::BytesPerSecond(std::llround(lanes * LaneBytesPerSecond(gigatransfers)));
  }

  absl::Status AddNvlinks() {
    int hub = -1;
    for (const auto& [bus, gpu] : InOrder()) {
      for (const pugi::xml_node nvlink : gpu.element.children("nvlink")) {
        const int count = nvlink.attribute("count").as_int(0);
        const int sm = gpu.element.attribute("sm").as_int(0);
        if (count < 1 || count > 1024 || sm < 60) {
          return Error(nvlink.offset_debug(),
                       absl::StrCat("nvlink of ", bus, ": count ", count, ", sm ", sm,
                                    " of its GPU; accepted: a count from 1 and an sm from 60"));
        }
        const Bandwidth rate = NvlinkRate(sm) * count;
        if (absl::StartsWith(nvlink.attribute("tclass").value(), "0x0680")) {
          if (hub < 0) hub = network_.Add(Kind::kSwitch, "nvswitch", 0);
          AddToHub(gpu.place, hub, rate);
          continue;
        }
        const auto peer = gpus_.find(absl::AsciiStrToLower(nvlink.attribute("target").value()));
        if (peer == gpus_.end()) {
          return Error(nvlink.offset_debug(),
                       absl::StrCat("nvlink of ", bus, " to \"", nvlink.attribute("target").value(),
                                    "\"; accepted: the busid of a GPU of this file, or tclass "
                                    "0x068000 (an NVSwitch)"));
        }
        // Both ends tell of the link.
        if (peer->second.place > gpu.place) {
          network_.cables.push_back({.a = gpu.place, .b = peer->second.place, .bandwidth = rate});
        }
      }
    }
    return absl::OkStatus();
  }

  // Links to several NVSwitches count together.
  void AddToHub(int gpu, int hub, Bandwidth rate) {
    for (NetworkDescription::Cable& cable : network_.cables) {
      if (cable.a != gpu || cable.b != hub) continue;
      cable.bandwidth =
          Bandwidth::BytesPerSecond(cable.bandwidth.bytes_per_second() + rate.bytes_per_second());
      return;
    }
    network_.cables.push_back({.a = gpu, .b = hub, .bandwidth = rate});
  }

  void JoinCpus() {
    for (size_t a = 0; a < cpus_.size(); ++a) {
      for (size_t b = a + 1; b < cpus_.size(); ++b) {
        network_.cables.push_back(
            {.a = cpus_[a].first, .b = cpus_[b].first, .bandwidth = cpus_[a].second});
      }
    }
  }

  struct Gpu {
    int place = 0;
    pugi::xml_node element;
  };
  // Each GPU once, by its place.
  std::vector<std::pair<std::string, Gpu>> InOrder() const {
    std::map<int, std::pair<std::string, Gpu>> by_place;
    for (const auto& [bus, gpu] : gpus_) by_place.emplace(gpu.place, std::make_pair(bus, gpu));
    std::vector<std::pair<std::string, Gpu>> all;
    for (const auto& [place, entry] : by_place) all.push_back(entry);
    return all;
  }

  absl::string_view text_;
  const std::string& file_;
  bool chips_ = true;  // The pass that makes the GPUs.
  NetworkDescription network_;
  std::map<std::string, Gpu> gpus_;  // By busid as written and in lower case.
  std::vector<std::pair<int, Bandwidth>> cpus_;
};

}  // namespace

absl::StatusOr<NetworkDescription> ReadNcclTopology(absl::string_view text,
                                                    const std::string& file) {
  return NcclReader(text, file).Read();
}

}  // namespace tessera
