// The collective algorithms by name. Each is a pure function from its input to a schedule; each
// family has a file of its own. Formulas and step orders: Chan et al. 2007, Thakur et al. 2005 and
// the sources named in the files.
//
// What the chunks of a schedule mean, by operation (n ranks; the root is rank 0):
//   all_reduce, reduce, broadcast, barrier  any number of chunks of the buffer
//   reduce_scatter, all_gather, gather, scatter  n * k chunks; rank r owns [r * k, (r + 1) * k)
//   all_to_all, all_to_allv                 n * n chunks; chunk s * n + t goes from rank s to t
//   send_recv                               one chunk, from rank 0 to rank 1
// One rank alone moves nothing. No bytes cost latency only: the transfers stay, with zero bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "core/units.h"
#include "fabric/schedule.h"

namespace tessera {

// One dimension of a grid of ranks.
struct GridDimension {
  int extent = 1;
  bool wraps = true;     // A ring; else a line.
  double bandwidth = 1;  // Of its links, relative to the other dimensions (Themis).
};

// `bytes` as in CollectiveRequest. all_to_all: each rank sends bytes / n to every other.
struct AlgorithmInput {
  CollectiveOp op = CollectiveOp::kAllReduce;
  int ranks = 1;
  Bytes bytes = Bytes(0);
  int element_bytes = 1;
  // Where the ranks are: node by node, `ranks_per_node` on each (0: all on one), and the NICs of a
  // node that serve them, each for an equal run of ranks.
  int ranks_per_node = 0;
  int rails = 1;
  int segments = 1;                      // Pieces that pipelined algorithms cut each part in.
  std::vector<GridDimension> grid = {};  // Innermost first; empty: one ring of all ranks.
  std::vector<Bytes> matrix = {};        // all_to_allv: [source * n + target].
  // Ring only: `ranks` is what the schedule is about, but it names the ranks / fold ranks of the
  // first nodes (an even number of them); all others do the same as these at the same time.
  int fold = 1;

  int per_node() const { return ranks_per_node == 0 ? ranks : ranks_per_node; }
  int nodes() const { return ranks / per_node(); }
  // The first of the ranks in a node that NIC `rail` serves.
  int HeadOfRail(int rail) const { return rail * per_node() / rails; }
};

// What a hop and a byte cost on a critical chain of transfers, in seconds.
struct TransferPrices {
  double scale_up_hop = 0;
  double scale_out_hop = 0;
  double byte = 0;          // Inside a node.
  double network_byte = 0;  // Between nodes.
};

// What decides the time of a schedule on an idle machine: hops and bytes along the critical chain
// of transfers, and bytes through the busiest ports. Pipelined schedules: the chain is that of the
// first segment; each further one adds the longer of two stages. A hop and a byte between nodes are
// taken to cost no less than those inside.
struct AlgorithmCost {
  double scale_up_hops = 0;
  double scale_out_hops = 0;
  double serial_bytes = 0;   // Of the chain's transfers inside nodes, summed, ...
  double network_bytes = 0;  // ... and of those between nodes.

  int further_segments = 0;
  double scale_up_stage_bytes = 0;   // A hop and these bytes inside a node ...
  double scale_out_stage_bytes = 0;  // ... or between nodes (none: stays inside), ...
  double scale_out_stage_share = 1;  // ... the latter for this share of the segments.

  double scale_up_bytes = 0;   // Through the scale-up port of a chip, the busier direction ...
  double scale_out_bytes = 0;  // ... and through a NIC.
  // Through one chain while a port is kept busy, and of that between one pair of nodes.
  double steady_bytes = 0;
  double scale_out_edge_bytes = 0;
  double local_bytes = 0;  // Copied or reduced in a chip's own memory without being sent.
  int64_t transfers = 0;   // In the schedule.

  double Seconds(const TransferPrices& prices) const;
};

// Sorted.
std::vector<std::string> AlgorithmNames();
// The algorithms that know the operation, sorted.
std::vector<std::string> AlgorithmsFor(CollectiveOp op);

// Errors: unknown name (the names are listed), operation unknown to the algorithm, fewer than one
// rank, negative sizes, ranks that do not fill nodes, more rails than ranks of a node, a matrix
// that does not fit.
absl::StatusOr<Schedule> BuildSchedule(absl::string_view algorithm, const AlgorithmInput& input);

// Whether CostOf knows the algorithm: those that libraries choose from among many.
bool HasClosedForm(absl::string_view algorithm);

// The cost of the schedule that BuildSchedule makes of the same input, exact but for recursive
// algorithms of other than powers of two ranks, where it is an upper bound. Time linear in the
// ranks at most (all_to_allv: in the matrix). Errors: as of BuildSchedule; an algorithm without a
// closed form (see collectives/schedule_levels.h for those).
absl::StatusOr<AlgorithmCost> CostOf(absl::string_view algorithm, const AlgorithmInput& input);

}  // namespace tessera
