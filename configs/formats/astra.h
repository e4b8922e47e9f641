// Input files of ASTRA-sim (analytical back-ends) and the options of its command line: the network
// (YAML), the system layer, remote memory and communicator groups (JSON). Traces: chakra.h.
//
// A file may hold keys that ASTRA-sim does not read (older versions did, or tools add them); they
// are listed in `ignored` where a file has one and never a fault. Everything that is read is
// checked; faults are FILE:LINE:COLUMN: what was found; what would be accepted, all of a file at
// once. Units are those of the files, named in the members.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/yaml_tree.h"

namespace tessera {

class FieldReader;

enum class AstraBlock : uint8_t { kRing, kFullyConnected, kSwitch };

// One dimension of the network; dimension 0 is the fastest varying digit of a rank.
struct AstraDimension {
  AstraBlock block = AstraBlock::kRing;
  int npus = 0;                  // At least 2.
  double bandwidth_gib_per_s{};  // Of a link, each way; above zero. 2^30 bytes.
  double latency_ns{};           // Of a hop.
};

struct AstraNetwork {
  std::vector<AstraDimension> dimensions;  // At least one.

  int npus() const;  // Product over dimensions.
};

// The collectives that ASTRA-sim simulates.
enum class AstraCollective : uint8_t { kAllReduce, kAllGather, kReduceScatter, kAllToAll };
inline constexpr int kAstraCollectives = 4;

enum class AstraAlgorithm : uint8_t { kRing, kDirect, kHalvingDoubling, kDoubleBinaryTree };

// "direct8" is direct with a window of 8; "oneRing" is a flat ring over all dimensions.
struct AstraImplementation {
  AstraAlgorithm algorithm = AstraAlgorithm::kRing;
  int window = 0;     // Of kDirect; 0: no limit.
  bool flat = false;  // All dimensions as one logical group.
};

enum class AstraPolicy : uint8_t { kLifo, kFifo, kExplicit };

struct AstraSystem {
  AstraPolicy policy = AstraPolicy::kLifo;
  int64_t endpoint_delay_ns = 10;
  int active_chunks = 1;  // Per dimension.
  int64_t splits = 0;     // Chunks that a collective is cut in; at least 1.
  // By AstraCollective: one entry a dimension.
  std::array<std::vector<AstraImplementation>, kAstraCollectives> implementations;
  bool all_reduce_by_parts = false;  // localBWAware: reduce-scatter up, all-gather down.
  double local_memory_gb_per_s{};    // 10^9 bytes. Above zero.
  bool roofline = false;             // Else compute nodes last as long as they were recorded.
  double peak_tflops{};
  bool replay_only = false;  // Every node lasts as long as it was recorded.
  std::vector<std::string> ignored = {};
};

enum class AstraMemory : uint8_t { kNone, kPerNode, kPerNpu, kPool };

struct AstraRemoteMemory {
  AstraMemory kind = AstraMemory::kNone;
  int nodes = 0;          // Of kPerNode, as the next one.
  int npus_per_node = 0;  //
  int64_t latency_ns = 0;
  double bandwidth_gb_per_s{};  // 10^9 bytes; above zero unless kNone.
};

// Ranks of each communicator, by its number above 0, in the order of the file.
using AstraGroups = std::map<int, std::vector<int>>;

// `root` is the parsed file, `file` names it.
absl::StatusOr<AstraNetwork> ReadAstraNetwork(const YamlValue& root, absl::string_view file);
absl::StatusOr<AstraSystem> ReadAstraSystem(const YamlValue& root, absl::string_view file);
absl::StatusOr<AstraRemoteMemory> ReadAstraRemoteMemory(const YamlValue& root,
                                                        absl::string_view file);
// Ranks lie below `npus`.
absl::StatusOr<AstraGroups> ReadAstraGroups(const YamlValue& root, absl::string_view file,
                                            int npus);

// The same as parts of a file; faults go to `fields`.
AstraNetwork AstraNetworkOf(const YamlValue& value, FieldReader& fields);
AstraSystem AstraSystemOf(const YamlValue& value, FieldReader& fields);
AstraGroups AstraGroupsOf(const YamlValue& value, int npus, FieldReader& fields);

// "all_reduce", "all_gather", "reduce_scatter", "all_to_all".
absl::string_view AstraCollectiveName(AstraCollective collective);

}  // namespace tessera
