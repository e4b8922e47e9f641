// The networks on a chip whose routers form two tori with one-way rings, one in each direction
// (Tenstorrent): their links and routes, for whoever shares them among streams.
//
// Network 0 goes to greater columns first, then to greater rows; network 1 to smaller rows first,
// then to smaller columns (tenstorrent/tt-isa-documentation, WormholeB0/NoC and DRAMTile). So what
// leaves a column of memory interfaces spreads over rows on network 0 and crowds that column on
// network 1; for what goes into it, it is the other way round.
//
// Links are numbers below links(): rings between routers, then the way into and out of the
// interface at each router. Each moves one flit a cycle.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "configs/chip_spec.h"
#include "core/units.h"

namespace tessera {

class ChipNoc {
 public:
  // Errors: what the description lacks (Unimplemented), or a place outside the grid.
  static absl::StatusOr<ChipNoc> Of(const NocSpec& spec);

  int links() const { return 4 * map_.columns * map_.rows; }
  // What a link carries of a long stream: without the headers of packets.
  Bandwidth payload_rate() const { return payload_rate_; }

  absl::Span<const NocPlace> cores() const { return map_.cores; }
  int channels() const { return static_cast<int>(group_of_channel_.size()); }
  absl::Span<const NocPlace> RoutersOf(int channel) const {
    return map_.memory[static_cast<size_t>(group_of_channel_[static_cast<size_t>(channel)])]
        .routers;
  }

  enum class Network { kFirst, kSecond };
  // From the interface at `from` to the one at `to`. Linear in the rings' lengths.
  std::vector<int> Route(NocPlace from, NocPlace to, Network network) const;
  // Of the first flit along that route.
  Duration Latency(absl::Span<const int> route) const;

 private:
  explicit ChipNoc(const NocMapSpec& map) : map_(map) {}
  int RouterAt(NocPlace place) const { return place.row * map_.columns + place.column; }

  NocMapSpec map_;
  std::vector<int> group_of_channel_;
  Bandwidth payload_rate_;
  double hop_seconds_ = 0;
  double endpoint_seconds_ = 0;
};

}  // namespace tessera
