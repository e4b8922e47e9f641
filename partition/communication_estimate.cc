#include "partition/communication_estimate.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {
namespace {

// Start-up of one library call inside a node and per further node, and of a message across nodes.
// Source: NCCL's tuning table (domain notes 1.3), Simple protocol, rounded.
constexpr double kCallSeconds = 10e-6;
constexpr double kNodeStepSeconds = 10e-6;
constexpr double kMessageSeconds = 8e-6;

double PayloadShare(const SystemSpec& system) {
  if (system.scale_up_link && system.scale_up_link->payload_efficiency) {
    return *system.scale_up_link->payload_efficiency;
  }
  return system.chip.scale_up ? system.chip.scale_up->achieved_fraction : 1;
}

double ScaleUpRate(const SystemSpec& system) {
  std::optional<Bandwidth> raw = system.scale_up_bandwidth;
  if (!raw && system.chip.scale_up) raw = system.chip.scale_up->bandwidth_per_direction;
  if (!raw && system.scale_up_link) raw = system.scale_up_link->chip_bandwidth_per_direction;
  if (!raw) return 0;
  return static_cast<double>(raw->bytes_per_second()) * PayloadShare(system) /
         system.ranks_per_chip;
}

double ScaleOutRate(const SystemSpec& system, int ranks_per_node) {
  if (!system.scale_out) return 0;
  const ScaleOutSpec& out = *system.scale_out;
  return static_cast<double>(out.nic_bandwidth.bytes_per_second()) * out.nics_per_node *
         out.link.payload_efficiency.value_or(1) / ranks_per_node;
}

// Seconds to move `bytes`; a tier whose rate is unknown costs nothing.
double Move(double bytes, double rate) { return rate > 0 ? bytes / rate : 0; }

}  // namespace

CommunicationEstimate::CommunicationEstimate(const SystemSpec& system, const PlanSpec& completed,
                                             int ranks)
    : map_(completed, ranks),
      ranks_per_node_(system.chips_per_node * system.ranks_per_chip),
      scale_up_bytes_per_second_(ScaleUpRate(system)),
      scale_out_bytes_per_second_(ScaleOutRate(system, ranks_per_node_)) {}

CommunicationEstimate::Placement CommunicationEstimate::PlacementOf(Axis axis) const {
  const int size = map_.GroupSize(axis);
  if (size == 1) return {};
  const std::vector<int> group = map_.Group(0, axis);
  const int members = static_cast<int>(
      std::count_if(group.begin(), group.end(), [&](int r) { return r < ranks_per_node_; }));
  TESSERA_CHECK(members > 0);  // Rank 0 is one.
  return {members, (size + members - 1) / members};
}

Duration CommunicationEstimate::Collective(CollectiveOp op, Axis axis, Bytes bytes) const {
  const Placement place = PlacementOf(axis);
  const double n = map_.GroupSize(axis);
  if (n == 1) return Duration{};
  const double g = place.members_per_node;
  const double nodes = place.nodes;
  const auto size = static_cast<double>(bytes.count());
  double seconds = kCallSeconds + (nodes - 1) * kNodeStepSeconds;
  if (op == CollectiveOp::kAllToAll || op == CollectiveOp::kAllToAllV) {
    seconds += std::max(Move(size * (g - 1) / n, scale_up_bytes_per_second_),
                        Move(size * (n - g) / n, scale_out_bytes_per_second_));
    return CeilSeconds(seconds);
  }
  const double passes = op == CollectiveOp::kAllReduce ? 2 : 1;
  seconds += passes * Move(size * (g - 1) / g, scale_up_bytes_per_second_);
  seconds += passes * Move(size * (nodes - 1) / nodes / g, scale_out_bytes_per_second_);
  return CeilSeconds(seconds);
}

Duration CommunicationEstimate::Message(Bytes bytes) const {
  const bool in_node = PlacementOf(Axis::kPipeline).nodes == 1;
  const double rate = in_node ? scale_up_bytes_per_second_ : scale_out_bytes_per_second_;
  return CeilSeconds(kMessageSeconds + Move(static_cast<double>(bytes.count()), rate));
}

}  // namespace tessera
