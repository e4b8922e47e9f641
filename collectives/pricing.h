// Predicted time and software costs of one algorithm with the constants of one library row.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "collectives/algorithm.h"
#include "collectives/collective.h"
#include "collectives/group_layout.h"
#include "collectives/schedule_cache.h"
#include "configs/library_spec.h"
#include "configs/system_spec.h"
#include "topology/topology.h"

namespace tessera {

// One way to do an operation.
struct Candidate {
  const LibraryAlgorithm* row = nullptr;
  std::string algorithm;
  AlgorithmInput input;
  TransferCosts costs;
  Duration time{};
  Duration latency{};  // Of `time`: what it would take without bytes, less costs.start.
  const char* limit = "";
  int64_t transfers = 0;

  CollectiveCandidate Summary() const;
};

// All references outlive the call.
struct PricingContext {
  const CollectiveRequest& request;
  const GroupLayout& layout;
  const SystemSpec& system;
  const Topology& topology;
  const LibraryTransport& transport;
  ScheduleCache& schedules;
  Duration harness{};
};

// The vertices of a plan for `input`: the ranks' chips, then the reducing switches that a schedule
// with `switches` of them uses: those of the nodes first, then, for each rail, the first switch of
// the network on the way from node to node.
std::vector<VertexId> EndpointsOf(const CollectiveRequest& request, const GroupLayout& layout,
                                  int switches, const Topology& topology);

// `algorithm` in the number of segments that makes it fastest. Time as in configs/library_spec.h;
// a hop is never shorter than the wire. On a switch, algorithms with a closed form are priced by
// it; others, and all where chips are wired to each other, level by level under the schedule's own
// routes. The rate cap is such that the schedule, run alone on the fabric, takes the predicted
// time. Errors: those of CostOf and BuildSchedule.
absl::StatusOr<Candidate> Price(const LibraryAlgorithm& row, const std::string& algorithm,
                                const PricingContext& context);

}  // namespace tessera
