// ASTRA-sim runs, replayed to the nanosecond: the results of its analytical back-ends, congestion-
// aware (one dimension) and congestion-unaware, from its own inputs. What it does wrong is done
// wrong here too; docs/astra.md says where that is physically impossible.
//
// Source: behaviour of the public ASTRA-sim (system, workload and analytical network layers).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "configs/formats/astra.h"
#include "configs/formats/chakra.h"

namespace tessera {

struct AstraOptions {
  bool congestion_aware = true;
  int queues_per_dimension = 1;
  double injection_scale = 1;  // Multiplies the endpoint delay.
  bool rendezvous = false;
};

struct AstraInputs {
  AstraNetwork network;
  AstraSystem system;
  AstraRemoteMemory memory;
  AstraGroups groups;
  std::vector<ChakraTrace> traces;  // By rank.
};

struct AstraRankResult {
  int64_t finish_ns = 0;
  int64_t exposed_ns = 0;  // finish_ns less the time of its compute nodes.
};

struct AstraResult {
  std::vector<AstraRankResult> ranks;
  int64_t messages = 0;

  int64_t max_ns() const;
  int64_t min_ns() const;
};

// The faults of traces against the machine: as many traces as ranks, peers and groups that are
// there, collectives that ASTRA-sim simulates with an algorithm that can run them.
absl::Status CheckAstraInputs(const AstraInputs& inputs);

// Errors: of CheckAstraInputs; congestion-aware with more than one dimension (Unimplemented, as in
// ASTRA-sim); ranks that never end (FailedPrecondition, with the nodes that they wait for). Time
// O(messages * hops) for bounded queues, memory O(ranks + nodes + messages in flight).
absl::StatusOr<AstraResult> RunAstraParity(const AstraInputs& inputs, const AstraOptions& options);

// The trace of a rank that does one collective and no more; `bytes` as in traces.
ChakraTrace OneCollectiveTrace(ChakraCollective collective, uint64_t bytes);

}  // namespace tessera
