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
#include <vector>

#include "absl/types/span.h"
#include "fabric/placement.h"
#include "fabric/quotient.h"

namespace tessera {

struct Colouring {
  std::vector<int32_t> of_transfer;  // Numbered from 0 in the order of first use.
  std::vector<int32_t> of_link;      // Of the placement's own links; likewise.
  int32_t transfer_colours = 0;
  int32_t link_colours = 0;
};

// The coarsest equitable colouring; with `start`, the coarsest that tells apart what `start` does:
// it has as many transfer colours as `start` where `start` holds with its own links. Linear in
// crossings and predecessors a round; rounds: how far differences spread.
Colouring RefineColours(const Placement& placement, absl::Span<const int32_t> start = {});

// Whether transfers and links of one colour behave alike, so that folding by it is exact. Looks at
// every crossing.
bool IsEquitable(const Placement& placement, const Colouring& colouring);

// The folded problem. `colouring` must be equitable. Class k of transfers has the number k, and
// class c of links c; crossings are in ascending order.
Quotient QuotientOf(const Placement& placement, const Colouring& colouring);

}  // namespace tessera
