// What the communication library answers, and what kernels of their own make of the exchange of
// experts' tokens; asked once per operation, size and shape of the group.
// Groups have one shape when they lie equally in their nodes: the tensor groups of all nodes, say.
// They then share one schedule, which lets the fabric recognise equal runs.
#pragma once

#include <cstdint>
#include <deque>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "collectives/exchange_kernel.h"
#include "core/units.h"
#include "topology/topology.h"

namespace tessera {

// Two endpoints of a schedule between which something is transferred.
struct PlanPair {
  int32_t source = 0;
  int32_t target = 0;
  bool first = false;  // By a transfer that waits for no other.
};

struct PreparedPlan {
  CollectivePlan plan;
  std::vector<PlanPair> pairs;  // Each once.
  bool has_idle_rank = false;   // Some rank neither sends nor receives.
  // Of each switch among the endpoints: the member of the group in whose node it stands.
  std::vector<int32_t> member_of_switch;
  // No run of the schedule can be shorter: for every endpoint, the bytes that enter or leave it
  // over the bandwidth of all its links in that direction.
  Duration bound{};
};

class PlanCache {
 public:
  struct Software {
    const CommunicationLibrary& library;
    const ExchangeKernelSpec& exchange;  // Without families where no call has tokens.
    CollectiveRequest defaults;  // Algorithm, library, harness and element size of every request.
  };
  PlanCache(const Topology& topology, Software software);

  struct Call {
    CollectiveOp op = CollectiveOp::kAllReduce;
    Bytes bytes;
    absl::Span<const Bytes> matrix{};  // all_to_allv.
    int32_t matrix_number = -1;        // Equal numbers mean equal matrices.
    // The copies behind the matrix, for kernels of their own; null: the library moves it.
    const TokenExchange* tokens = nullptr;
    int fold = 1;  // As in CollectiveRequest; 1 for tokens.
  };
  // The plan of `call` among `chips`; stays valid as long as the cache. Errors: those of
  // library and kernels.
  absl::StatusOr<const PreparedPlan*> Get(const Call& call, absl::Span<const ChipId> chips);

  // The endpoints of `prepared` for another group of the same shape.
  std::vector<VertexId> EndpointsOf(const PreparedPlan& prepared,
                                    absl::Span<const ChipId> chips) const;

 private:
  absl::StatusOr<CollectivePlan> Plan(const Call& call, absl::Span<const ChipId> chips) const;
  int32_t ShapeOf(absl::Span<const ChipId> chips);
  absl::StatusOr<const PreparedPlan*> Prepare(const Call& call, absl::Span<const ChipId> chips);
  // False when a switch serves no single node: such a plan belongs to its group alone.
  bool FindSwitches(absl::Span<const ChipId> chips, PreparedPlan& prepared) const;
  static void ListPairs(PreparedPlan& prepared);
  Duration BoundOf(const CollectivePlan& plan) const;

  using Key =
      std::tuple<CollectiveOp, int64_t, int32_t, int32_t, int>;  // Op, bytes, matrix, shape, fold.
  const Topology& topology_;
  Software software_;
  std::deque<PreparedPlan> plans_;
  absl::flat_hash_map<Key, const PreparedPlan*> shared_;
  absl::flat_hash_map<std::vector<int32_t>, int32_t> shapes_;
  std::vector<double> bandwidth_out_;  // Of every vertex, bytes/s.
  std::vector<double> bandwidth_in_;
};

}  // namespace tessera
