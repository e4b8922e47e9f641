// Reader of oracle files: cases with the exact results of peer simulators. A mapping with a
// `schema`, a `tool` and cases; every schema has a reader of its own that checks what it takes.
// Faults are listed as by the reader of measurements.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/formats/astra.h"
#include "configs/tabulated_machine.h"
#include "configs/yaml_tree.h"

namespace tessera {

// One expected figure of a case.
struct OraclePoint {
  std::string name;  // Within the case.
  std::string quantity;
  std::string unit;
  double expected = 0;
  std::optional<double> tolerance;  // Largest accepted difference, in `unit`; absent: information.
};

struct OracleFlow {
  double start_s = 0;
  double bytes = 0;
  std::vector<int> links;  // Of its route.
};

// A network of one-directional links under max-min sharing (schema fluid-maxmin-1).
struct FluidOracle {
  double link_latency_s = 0;
  std::vector<int64_t> link_bytes_per_s;
  std::vector<OracleFlow> flows;  // Point i of the case is the finish time of flow i.
};

// A network on chip under random traffic (schema noc-1).
struct NocOracle {
  // Points 0, 1, ... of the case are the mean packet latencies at these loads, in flits a node and
  // cycle; the last point is the load of saturation.
  std::vector<double> loads;
  std::vector<std::vector<uint64_t>> seeds;   // Of each load.
  std::map<std::string, std::string> config;  // Keys and values of BookSim2.
};

// A space of plans on a tabulated machine (schema calculon-search-1). Points: time, then memory of
// each plan, then the numbers of plans and of feasible ones, and the rate of the best.
struct SearchOracle {
  TabulatedModel model;
  TabulatedMachine machine;
  int processors = 1;
  int max_batch = 1;
  std::vector<TabulatedPlan> plans;
};

// A run of ASTRA-sim (schema astra-parity-1). Points: max_ns, min_ns, per_rank_ns/RANK and
// per_rank_exposed_ns/RANK.
struct AstraOracle {
  bool congestion_aware = false;
  AstraNetwork network;
  AstraSystem system;
  AstraGroups groups;
  // Every rank does one collective of so many bytes, ...
  AstraCollective collective = AstraCollective::kAllReduce;
  int64_t bytes = 0;
  // ... or the trace in PREFIX.RANK.et, where this is not empty.
  std::string trace_prefix;
};

// Messages through an Ethernet network (schema packet-1).
struct PacketOracle {
  enum class Kind : uint8_t { kLeafSpine, kFatTree };
  Kind kind = Kind::kLeafSpine;
  int hosts = 0;
  int hosts_per_leaf = 0;  // Leaf-spine; spines likewise.
  int spines = 0;
  int k = 0;  // Fat tree.
  double host_link_gbps = 0;
  double uplink_gbps = 0;
  double link_latency_ns = 0;
  int64_t payload_bytes = 0;
  int64_t header_bytes = 0;
  bool lossless = false;  // Else packets are sprayed and trimmed.
  struct Flow {
    int source = 0;
    int target = 0;
    int64_t bytes = 0;
    int uplink = -1;  // Spine; -1: not said.
  };
  // All start at 0. Point 0 is when the last source knows that its flow is over, point 1 + f, where
  // there are such points, when that of flow f does.
  std::vector<Flow> flows;
  // If above zero, there are no flows: each of the first `ring_hosts` sends `ring_chunk_bytes` to
  // the next one so often, each time when what it was sent before is known to have arrived.
  int ring_steps = 0;
  int ring_hosts = 0;
  int64_t ring_chunk_bytes = 0;
};

struct OracleCase {
  std::string name;
  std::vector<OraclePoint> points;
  // Of the schema of the file.
  std::optional<FluidOracle> fluid = {};
  std::optional<NocOracle> noc = {};
  std::optional<SearchOracle> search = {};  // Absent where the description is incomplete.
  std::optional<AstraOracle> astra = {};
  std::optional<PacketOracle> packet = {};
};

struct OracleFile {
  std::string schema;
  std::string tool;
  std::vector<OracleCase> cases;
};

// Names of the schemas that are known, divided by spaces.
absl::string_view OracleSchemas();

absl::StatusOr<OracleFile> ReadOracle(const YamlValue& root, absl::string_view file);

}  // namespace tessera
