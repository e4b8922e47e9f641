// Colour refinement: the coarsest classes of transfers and links that behave alike
// (fabric/quotient.h), of any schedule on any topology.
//
// Colours start from what is given (bytes and latencies of a transfer, capacity of a link) and are
// refined until stable: a transfer by the colours of its links and predecessors, a link by the
// coefficients of each colour that cross it (one-dimensional Weisfeiler-Leman; transfers in the
// order of the schedule, so that a chain of predecessors takes one round). Successors need not be
// looked at: they do not change the past.
//
// Colours are told apart by 128-bit hashes; that the result is equitable is then checked without.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "fabric/colouring.h"
#include "fabric/placement.h"

namespace tessera {

// The coarsest equitable colouring; with `start`, the coarsest that tells apart what `start` does:
// it has as many transfer colours as `start` where `start` holds with its own links. Linear in
// crossings and predecessors a round; rounds: how far differences spread.
Colouring RefineColours(const Placement& placement, absl::Span<const int32_t> start = {});

}  // namespace tessera
