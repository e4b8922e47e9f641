// Colours of the transfers and links of a placed schedule, and what they are good for: where those
// of one colour behave alike, the whole folds into one transfer and one link a colour
// (fabric/quotient.h). Who finds colours: fabric/colour_refinement.h.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/placement.h"
#include "fabric/quotient.h"

namespace tessera {

struct Colouring {
  std::vector<int32_t> of_transfer;  // Numbered from 0 in the order of first use.
  std::vector<int32_t> of_link;      // Of the placement's own links; likewise.
  int32_t transfer_colours = 0;
  int32_t link_colours = 0;
};

// Whether transfers and links of one colour behave alike, so that folding by it is exact. Looks at
// every crossing.
bool IsEquitable(const Placement& placement, const Colouring& colouring);

// The folded problem. `colouring` must be equitable. Class k of transfers has the number k, and
// class c of links c; crossings are in ascending order.
Quotient QuotientOf(const Placement& placement, const Colouring& colouring);

}  // namespace tessera
