#include "study/msccl_sweep.h"

#include <memory>
#include <numeric>

#include "core/integer.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "topology/build.h"

namespace tessera {

absl::StatusOr<std::vector<MscclTime>> TimeMsccl(const MscclAlgorithm& algorithm,
                                                 const SystemSpec& system) {
  const int ranks = algorithm.schedule.ranks;
  const int nodes = CeilDiv(ranks, system.chips_per_node);
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology,
                           BuildTopology(system, nodes, ranks));
  std::vector<VertexId> endpoints(static_cast<size_t>(ranks));
  std::iota(endpoints.begin(), endpoints.end(), 0);
  std::vector<MscclTime> times;
  for (Bytes bytes = Bytes::KiB(1); bytes <= Bytes::GiB(1); bytes = bytes * 32) {
    const Schedule schedule = MscclSchedule(algorithm, bytes, 1);
    Fabric::Request request{};
    request.schedule = &schedule;
    request.endpoints = endpoints;
    times.push_back({.bytes = bytes, .time = IsolatedTime(*topology, request)});
  }
  return times;
}

}  // namespace tessera
