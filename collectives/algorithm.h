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

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "core/units.h"
#include "fabric/schedule.h"

namespace tessera {

// `bytes` as in CollectiveRequest. all_to_all: each rank sends bytes / n to every other.
struct AlgorithmInput {
  CollectiveOp op = CollectiveOp::kAllReduce;
  int ranks = 1;
  Bytes bytes = Bytes(0);
  int element_bytes = 1;
  int segments = 1;             // Pieces that pipelined algorithms cut each part in.
  std::vector<int> shape = {};  // Extents, innermost first: {ranks per node, nodes}, torus sides.
  std::vector<Bytes> matrix = {};  // all_to_allv: [source * n + target].
};

// Sorted.
std::vector<std::string> AlgorithmNames();
// The algorithms that know the operation, sorted.
std::vector<std::string> AlgorithmsFor(CollectiveOp op);

// Errors: unknown name (the names are listed), operation unknown to the algorithm, fewer than one
// rank, negative sizes, shape or matrix that does not fit.
absl::StatusOr<Schedule> BuildSchedule(absl::string_view algorithm, const AlgorithmInput& input);

}  // namespace tessera
