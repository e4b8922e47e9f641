// A network on chip: a mesh or torus of routers, one node each, that move packets flit by flit
// (wormhole switching) over virtual channels with credit flow control.
//
// Vocabulary. A *flit* is what a link carries in one cycle; the *head* flit of a packet claims a
// virtual channel (VC) at each router, the *tail* releases it. A *credit* says that one slot of a
// VC's buffer at the next router is free again. The life of a head flit in a router, in cycles:
// arrival and VC allocation (1), switch allocation (1), crossbar, link; body flits skip the first.
// Both allocators are separable with round-robin arbiters (iSLIP with one iteration: McKeown,
// "The iSLIP scheduling algorithm for input-queued switches", 1999). Structure and timing follow
// Dally and Towles, "Principles and practices of interconnection networks", chapters 13, 16 and 17.
//
// Simplifications: dimension-order routing only; all links of one length; nodes take what arrives.
#pragma once

#include <vector>

#include "absl/status/status.h"

namespace tessera {

struct NocParams {
  std::vector<int> extents;  // Routers by dimension; the first varies fastest.
  bool wraps = false;        // Torus.
  int virtual_channels = 8;  // Of each port.
  int buffer_flits = 8;      // Of each virtual channel.
  // Crossbar inputs of a port, among which its virtual channels are dealt out.
  int input_speedup = 1;
  int crossbar_cycles = 1;
  int link_cycles = 1;
  int credit_cycles = 2;  // From a credit's arrival until it counts.
  // Torus: a packet keeps to one half of the VCs in each dimension, chosen so that no ring of VCs
  // can close (Dally and Seitz, 1987). False shows what happens without.
  bool datelines = true;

  int nodes() const;
  int dimensions() const { return static_cast<int>(extents.size()); }
  // 2d towards greater coordinates in dimension d, 2d + 1 towards smaller, then the node's own.
  int ports() const { return 2 * dimensions() + 1; }
};

// Error: what is out of range, found and accepted.
absl::Status CheckNoc(const NocParams& params);

}  // namespace tessera
