#include "study/collective_sweep.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "collectives/library.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "topology/build.h"

namespace tessera {
namespace {

// All but all_reduce and send_recv cut the buffer into one part a rank.
Bytes WholeElements(Bytes bytes, const CollectiveRequest& request) {
  const bool cut = request.op != CollectiveOp::kAllReduce && request.op != CollectiveOp::kSendRecv;
  const int64_t grain =
      request.element_bytes * (cut ? static_cast<int64_t>(request.ranks.size()) : int64_t{1});
  return Bytes(bytes.count() / grain * grain);
}

absl::StatusOr<CollectiveRow> RunOne(const Topology& topology, const CommunicationLibrary& library,
                                     const CollectiveRequest& request) {
  TESSERA_ASSIGN_OR_RETURN(const CollectivePlan plan, library.Plan(request));
  Fabric::Request run{};
  run.schedule = plan.schedule.get();
  run.endpoints = plan.endpoints;
  run.costs = plan.costs;
  CollectiveRow row;
  row.bytes = request.bytes;
  row.time = IsolatedTime(topology, run);
  row.algorithm_bandwidth = static_cast<double>(row.bytes.count()) / ToSeconds(row.time);
  row.bus_bandwidth = row.algorithm_bandwidth *
                      BusBandwidthFactor(request.op, static_cast<int>(request.ranks.size()));
  row.algorithm = plan.algorithm;
  row.protocol = plan.protocol;
  row.explanation = plan.explanation;
  return row;
}

}  // namespace

absl::StatusOr<CollectiveTable> RunCollectiveSweep(const CollectiveSweep& sweep) {
  const int all = sweep.nodes * sweep.system.chips_per_node;
  const int chips = sweep.chips > 0 ? sweep.chips : all;
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology,
                           BuildTopology(sweep.system, sweep.nodes, chips));
  TESSERA_ASSIGN_OR_RETURN(
      const std::unique_ptr<CommunicationLibrary> library,
      MakeCommunicationLibrary(sweep.system, *topology, sweep.request.library));
  CollectiveRequest request = sweep.request;
  for (int rank = 0; rank < chips * sweep.system.ranks_per_chip; ++rank) {
    request.ranks.push_back(rank / sweep.system.ranks_per_chip);
  }
  CollectiveTable table;
  table.ranks = static_cast<int>(request.ranks.size());
  double size = static_cast<double>(sweep.first.count());
  while (size <= static_cast<double>(sweep.last.count())) {
    request.bytes = WholeElements(Bytes(static_cast<int64_t>(size)), request);
    if (request.bytes.count() > 0) {
      TESSERA_ASSIGN_OR_RETURN(CollectiveRow row, RunOne(*topology, *library, request));
      table.rows.push_back(std::move(row));
    }
    size = std::max(size + 1, size * sweep.factor);
  }
  return table;
}

}  // namespace tessera
