// The inputs of ASTRA-sim on this project's own fabric: the same traces and resources, but messages
// share links max-min fairly and cut through, so that no link carries more than its bandwidth.
//
// A collective begins when its last rank has come to it and moves its bytes by the schedule of the
// algorithm that the system file names: ring, direct, halving-doubling, double binary tree; over
// several dimensions reduce-scatters and all-gathers dimension by dimension. The endpoint delay is
// paid per message. Not modelled here: chunks and queues (everything is one chunk), local
// reductions, remote memory.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "nodes/astra/parity.h"

namespace tessera {

class Topology;

struct AstraModelledResult {
  AstraResult run;  // Times are rounded up to whole nanoseconds.
  // The link that needs longest for the bytes that went over it: no run with these messages on
  // these routes can be faster.
  std::string busiest_link;
  int64_t busiest_link_ns = 0;
};

// The network as a graph: a Ring dimension closes from three NPUs on, a Switch is a vertex of each
// line of its dimension.
std::unique_ptr<Topology> MakeAstraTopology(const AstraNetwork& network);

// Errors: of CheckAstraInputs; remote memory (Unimplemented); ranks that never end.
absl::StatusOr<AstraModelledResult> RunAstraModelled(const AstraInputs& inputs,
                                                     const AstraOptions& options);

}  // namespace tessera
