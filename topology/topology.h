// The static graph of a machine, frozen to index arrays: endpoints (chips), switches and directed
// links over four tiers. Built once per system (with Boost.Graph, in the .cc files only).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/units.h"

namespace tessera {

using VertexId = int32_t;
using LinkId = int32_t;  // One direction of a cable.
using ChipId = int32_t;  // Chips are the vertices 0..chips-1, node by node.

enum class Tier : uint8_t { kNoc, kDieToDie, kScaleUp, kScaleOut };
inline constexpr int kTierCount = 4;
const char* TierName(Tier tier);  // "noc", "die_to_die", "scale_up", "scale_out".

enum class VertexKind : uint8_t { kChip, kNic, kSwitch };

struct Vertex {
  VertexKind kind = VertexKind::kChip;
  int32_t node = -1;  // Scale-up domain; -1 for network switches.
  std::string name;   // "node3/chip5", "node3/nvswitch", "leaf2", "spine0".
};

struct Link {
  VertexId source = 0;
  VertexId target = 0;
  Bandwidth bandwidth;  // Payload rate, after protocol efficiency.
  Duration latency;     // Propagation plus the switch at `target`, if it is one.
  Tier tier = Tier::kScaleUp;
};

class Topology {
 public:
  int chips() const;
  int chips_per_node() const;
  int nodes() const;
  absl::Span<const Vertex> vertices() const;
  absl::Span<const Link> links() const;

  // The switch of a node's scale-up domain that can reduce and multicast, or -1.
  VertexId reducing_switch(int node) const;

  // Links from `source` to `target` in order; empty when equal. Deterministic: shortest by hops,
  // rail-aware, equal-cost choices by destination. Computed when first asked and cached; the span
  // stays valid as long as the topology lives. Endpoints are chips or switches.
  absl::Span<const LinkId> Route(VertexId source, VertexId target) const;
};

}  // namespace tessera
