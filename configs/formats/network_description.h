// A network as files of other tools describe it: named vertices joined by cables. What the readers
// of configs/formats make; topology/import.h turns it into a graph with routes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/units.h"

namespace tessera {

struct NetworkDescription {
  enum class Kind : uint8_t { kChip, kNic, kSwitch };
  struct Vertex {
    Kind kind = Kind::kChip;
    std::string name = {};
    int node = -1;  // Scale-up domain; -1: a switch of the network.
  };
  struct Cable {
    int a = 0;  // Places in `vertices`.
    int b = 0;
    Bandwidth bandwidth{};  // Each direction.
    Duration latency{};
    bool leaves_node = false;
  };
  std::vector<Vertex> vertices;  // Chips first, node by node.
  std::vector<Cable> cables;
  int chips_per_node = 1;
  std::vector<std::string> notes;  // What had to be assumed.

  int Add(Kind kind, absl::string_view name, int node);
};

// What the text of `nvidia-smi topo -m` does not say.
struct MatrixRates {
  Bandwidth nvlink{};  // Of one NVLink, each direction; zero: unknown.
  Bandwidth pcie{};    // Of a PCIe slot, each direction; zero: unknown.
};

// The formats, by what stands in the file:
// - astra: network.yml of ASTRA-sim (`topology`, `npus_count`, `bandwidth`, `latency`);
// - nccl: an NCCL topology file (NCCL_TOPO_FILE, NCCL_TOPO_DUMP_FILE), <system version=...>;
// - nvidia_smi: the text that `nvidia-smi topo -m` prints;
// - ns3: link lists of the ns-3 fork for RDMA: "nodes switches links", switches, links.
// Errors: a place (file:line:column), what was found, what would be accepted; text of none of the
// formats; an nvidia_smi matrix without the rates that it needs.
absl::StatusOr<NetworkDescription> ReadNetworkText(absl::string_view text, const std::string& file,
                                                   const MatrixRates& rates);
absl::StatusOr<NetworkDescription> ReadNetworkFile(const std::string& path,
                                                   const MatrixRates& rates);

// The readers, one file each.
// Dimensions of chips, the first varying fastest; it is the node where there are several. Rates in
// GiB/s and latencies in ns as ASTRA-sim has them.
absl::StatusOr<NetworkDescription> ReadAstraTopology(absl::string_view text,
                                                     const std::string& file);
// One node: GPUs, NICs, PCIe switches and CPUs as PCIe links join them, NVLinks to peers or to one
// switch that stands for all NVSwitches. PCIe rates: transfers times width less line code; rates of
// NVLink and between CPUs: those NCCL assumes (src/graph/topo.h). The file has no latencies.
absl::StatusOr<NetworkDescription> ReadNcclTopology(absl::string_view text,
                                                    const std::string& file);
// One node. NV# is # direct links, or # links to a switch if a GPU would need more than 18 for all
// its peers. PIX, PXB, PHB, NODE and SYS make a tree of bridges, every edge at the PCIe rate.
absl::StatusOr<NetworkDescription> ReadNvidiaSmiMatrix(absl::string_view text,
                                                       const std::string& file,
                                                       const MatrixRates& rates);
// Hosts are chips, each a node of its own; error rates must be 0.
absl::StatusOr<NetworkDescription> ReadNs3Links(absl::string_view text, const std::string& file);

}  // namespace tessera
