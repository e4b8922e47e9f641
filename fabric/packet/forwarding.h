// Which links lead nearer to a host: the equally short ways from every vertex, worked out once.
// Hosts that hang on one switch share the ways to it. Chips other than the ends of a way are not
// passed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "topology/topology.h"

namespace tessera {

class Forwarding {
 public:
  // Time and memory: (hosts' switches) x (vertices + links).
  explicit Forwarding(const Topology& topology);

  // How to reach a host: by the ways to `place`, and from there over `last_link` (-1: `place` is
  // the host itself).
  struct Address {
    int32_t place = 0;  // Number of a place, as Ways takes it.
    VertexId vertex = 0;
    LinkId last_link = -1;
  };
  const Address& AddressOf(VertexId chip) const { return addresses_[static_cast<size_t>(chip)]; }

  // Links out of `vertex` on the shortest ways to a place, in their order; empty where there are
  // none.
  absl::Span<const LinkId> Ways(VertexId vertex, int32_t place) const {
    const Range& range =
        ranges_[static_cast<size_t>(place) * vertices_ + static_cast<size_t>(vertex)];
    return {ways_.data() + range.first, range.count};
  }
  // The link out of `vertex` that packets on `path` take to `address`, and takes from `path` what
  // it said about this choice. Precondition: there is a way.
  LinkId Next(VertexId vertex, const Address& address, uint32_t& path) const {
    if (vertex == address.vertex) return address.last_link;
    const absl::Span<const LinkId> ways = Ways(vertex, address.place);
    const auto count = static_cast<uint32_t>(ways.size());
    if (count == 1) return ways[0];
    const uint32_t choice = path % count;
    path /= count;
    return ways[choice];
  }

  // The links from `source` to `target` on a path.
  std::vector<LinkId> Route(VertexId source, VertexId target, uint32_t path) const;
  // The path that takes these links; none if they are no shortest way or its number would be 2^16
  // or more.
  std::optional<uint32_t> PathOf(absl::Span<const LinkId> route) const;
  // Paths from `source` to `target` that numbers tell apart, at most 2^16; 0: no way.
  int32_t Paths(VertexId source, VertexId target) const;

 private:
  struct Range {
    uint32_t first = 0;
    uint32_t count = 0;
  };
  void FindWays(const Topology& topology, VertexId root);

  const Topology& topology_;
  size_t vertices_;
  std::vector<Address> addresses_;  // Of chips.
  std::vector<Range> ranges_;       // By place and vertex.
  std::vector<LinkId> ways_;
};

}  // namespace tessera
