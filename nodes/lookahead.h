// How early the parts of a machine must hear of one another's exchanges; see exchange_table.h.
#pragma once

#include "absl/types/span.h"
#include "core/units.h"
#include "nodes/plan_cache.h"
#include "topology/topology.h"

namespace tessera {

struct Lookahead {
  // From the beginning of an exchange until a transfer may share bandwidth: at least 1 ps.
  Duration arrival = Duration::max();
  // From when the end of a rank's part is certain until it happens: at least 1 ps.
  Duration notice = Duration::max();

  void Limit(const Lookahead& other);
};

// Of `prepared` among `endpoints`. An exchange whose costs and routes leave less than 2 ps between
// its beginning and the first end of a rank is told late, by as much. O(distinct pairs * hops).
Lookahead LookaheadOf(const PreparedPlan& prepared, absl::Span<const VertexId> endpoints,
                      const Topology& topology);

}  // namespace tessera
