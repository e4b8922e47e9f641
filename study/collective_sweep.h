// A table of one collective over message sizes, as nccl-tests prints it: what a communication
// library makes of each size on an idle system; and the same of several algorithms side by side.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "configs/system_spec.h"
#include "core/window_transport.h"
#include "fabric/packet/packet_exchange.h"
#include "fabric/packet/packet_params.h"
#include "study/rank_groups.h"

namespace tessera {

// Schedules of more transfers are not run on the fabric: their time is the library's closed form.
inline constexpr int64_t kMostSimulatedTransfers = 2'000'000;

struct CollectiveSweep {
  SystemSpec system;
  int nodes = 1;
  int chips = 0;           // 0: all of the nodes.
  int chips_per_node = 0;  // The first so many of every node; 0: all.
  // Ranks, bytes and matrix are filled in. `matrix` of an all_to_allv: relative weights [source * n
  // + target] that are scaled so that the rank that sends most sends the size.
  CollectiveRequest request;
  std::vector<double> weights = {};
  // Every group runs the collective at the same time, in the library's choice for one group that is
  // alone; the time is that of the slowest. Nothing: one group of all.
  std::optional<RankSplit> split{};
  // Messages go as packets (fabric/packet), on every tier; nothing: as a fluid.
  std::optional<PacketParams> packets{};
  // Not null, only with packets: this is one partition of several, each of which runs the sweep
  // with equal arguments; the times are those of partition 0.
  WindowTransport* transport = nullptr;
  Bytes first = Bytes(8);
  Bytes last = Bytes::GiB(8);
  double factor = 2;                         // Above 1; between sizes, ...
  Bytes step = Bytes(0);                     // ... or, if not zero, the difference between them.
  bool compare = false;                      // Algorithms side by side: ...
  std::vector<std::string> algorithms = {};  // ... these, or all that know the operation.
};

// What is told of a row that was simulated packet by packet.
struct PacketFigures {
  std::string hash{};  // PacketExchangeResult::Hash().
  int64_t events = 0;
  int64_t trimmed = 0;  // Packets.
  std::vector<PacketPartLoad> parts{};
};

struct CollectiveRow {
  Bytes bytes{};
  int64_t count = 0;  // Elements as nccl-tests counts them: of one rank where the buffer is cut.
  Duration time{};
  bool simulated = true;           // On the fabric; else the closed form.
  double algorithm_bandwidth = 0;  // Bytes per second.
  double bus_bandwidth = 0;
  std::vector<CollectiveCandidate> candidates = {};  // Fastest first; the first one ran.
  std::optional<PacketFigures> packets{};
};

// From `bytes` on (within 1 %), `above` is faster than `below`.
struct CollectiveCrossover {
  Bytes bytes{};
  std::string below{};
  std::string above{};
};

struct CollectiveComparison {
  std::vector<std::string> algorithms{};
  std::vector<std::vector<Duration>> times{};  // [row of the table][algorithm].
  std::vector<CollectiveCrossover> crossovers{};
  std::vector<std::pair<std::string, std::string>> left_out{};  // With the reason.
};

struct CollectiveTable {
  int ranks = 0;   // Of one group.
  int groups = 1;  // At the same time.
  std::vector<CollectiveRow> rows{};
  std::vector<CollectiveCrossover> crossovers{};  // Between the library's choices.
  std::optional<CollectiveComparison> comparison{};
};

// Sizes are rounded down to whole elements for every rank, as nccl-tests does; sizes that are then
// zero are left out. Errors: an operation, algorithm or library that the system does not have; more
// chips than a node or the nodes have; weights that do not fit; a split into unequal groups; what
// AddSchedule and RunPacketExchange refuse.
absl::StatusOr<CollectiveTable> RunCollectiveSweep(const CollectiveSweep& sweep);

}  // namespace tessera
