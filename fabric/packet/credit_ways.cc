#include "fabric/packet/credit_ways.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "fabric/packet/packet_event.h"
#include "topology/routing.h"

namespace tessera {
namespace {

// The channel of each link in turn.
class ChannelChoice {
 public:
  int Next(const RingStep& step) {
    if (step.dimension < 0 || step.dimension < dimension_ || dimension_ < 0) ++stretch_;
    if (step.dimension != dimension_) behind_dateline_ = false;
    dimension_ = step.dimension;
    if (step.dimension < 0) return stretch_;
    const int channel = 2 * stretch_ + (behind_dateline_ ? 1 : 0);
    behind_dateline_ = behind_dateline_ || step.closes;
    return channel;
  }

 private:
  int stretch_ = -1;
  int dimension_ = -1;  // Of the last hop.
  bool behind_dateline_ = false;
};

}  // namespace

absl::StatusOr<CreditWay> CreditWays::Of(const Topology& topology, VertexId source, VertexId target,
                                         int number, bool avoids_deadlock) {
  const auto [known, is_new] = known_.try_emplace({source, target, number});
  if (!is_new) return known->second;
  CreditWay way = {.first = static_cast<uint32_t>(hops_.size())};
  ChannelChoice choice;
  for (const LinkId link : topology.Way(source, target, number)) {
    const int channel = avoids_deadlock ? choice.Next(topology.RingStepOf(link)) : 0;
    if (channel >= PacketKind::kChannels) {
      known_.erase(known);
      return absl::InvalidArgumentError(absl::StrCat(
          "packet flow: the way from ", topology.vertices()[static_cast<size_t>(source)].name,
          " to ", topology.vertices()[static_cast<size_t>(target)].name, " needs more than the ",
          PacketKind::kChannels,
          " virtual channels of a link (one for each hop off a grid, two for each grid passed); "
          "accepted: shorter ways"));
    }
    hops_.push_back({.link = link, .channel = channel});
    ++way.hops;
  }
  known->second = way;
  return way;
}

}  // namespace tessera
