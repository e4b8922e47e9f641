// A table of one collective over message sizes, as nccl-tests prints it: what a communication
// library makes of each size on an idle system.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "configs/system_spec.h"

namespace tessera {

struct CollectiveSweep {
  SystemSpec system;
  int nodes = 1;
  int chips = 0;              // 0: all of the nodes.
  CollectiveRequest request;  // Ranks and bytes are filled in.
  Bytes first = Bytes(8);
  Bytes last = Bytes::GiB(8);
  double factor = 2;  // Above 1.
};

struct CollectiveRow {
  Bytes bytes;
  Duration time{};
  double algorithm_bandwidth = 0;  // Bytes per second.
  double bus_bandwidth = 0;
  std::string algorithm;
  std::string protocol;
  std::string explanation;
};

struct CollectiveTable {
  int ranks = 0;
  std::vector<CollectiveRow> rows;
};

// Sizes are rounded down to whole elements for every rank, as nccl-tests does; sizes that are then
// zero are left out. Errors: an operation, algorithm or library that the system does not have.
absl::StatusOr<CollectiveTable> RunCollectiveSweep(const CollectiveSweep& sweep);

}  // namespace tessera
