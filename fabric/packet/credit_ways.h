// The ways of packets whose whole route is known at their source, with the virtual channel that
// they take on each link.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "topology/topology.h"

namespace tessera {

struct CreditHop {
  LinkId link = 0;
  int channel = 0;
};

// A range of hops of CreditWays.
struct CreditWay {
  uint32_t first = 0;
  uint32_t hops = 0;
};

// Channels are chosen so that buffers can never wait for one another in a circle. A way falls into
// *stretches*: hops on grids whose dimensions never fall, and each hop off a grid alone. Stretch s
// takes, off a grid, channel s; on a grid channel 2s up to the link that closes a ring and 2s + 1
// behind it (datelines). So each buffer belongs to one stretch number, a packet only waits for
// buffers of its own stretch, of a later dimension or further on in its own, or of a later stretch.
class CreditWays {
 public:
  // Of the topology's route number `number` between two chips; worked out once. With
  // `avoids_deadlock` false, all hops are on channel 0. Errors: no way, or more hops off a grid
  // than there are channels (PacketKind::kChannels).
  absl::StatusOr<CreditWay> Of(const Topology& topology, VertexId source, VertexId target,
                               int number, bool avoids_deadlock);

  // Hop 0 <= index < way.hops.
  const CreditHop& At(const CreditWay& way, uint32_t index) const {
    return hops_[way.first + index];
  }

 private:
  absl::flat_hash_map<std::tuple<VertexId, VertexId, int>, CreditWay> known_;
  std::vector<CreditHop> hops_;
};

}  // namespace tessera
