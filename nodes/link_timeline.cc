#include "nodes/link_timeline.h"

#include <algorithm>
#include <array>

namespace tessera {
namespace {

constexpr int64_t kBins = 400;
constexpr size_t kLinksPerTier = 3;

// A share of capacity that one execution of an exchange uses on one timeline.
struct Load {
  size_t timeline = 0;
  double seconds = 0;  // Its bytes over the bandwidth behind the timeline.
};

class TimelineBuilder {
 public:
  TimelineBuilder(const Topology& topology, const std::vector<TierSummary>& tiers,
                  Duration makespan)
      : topology_(topology), bin_(std::max(Duration(1), (makespan + Duration(kBins - 1)) / kBins)) {
    timeline_of_link_.assign(topology.links().size(), -1);
    timeline_of_tier_.fill(-1);
    for (const TierSummary& tier : tiers) AddTier(tier);
    for (const Link& link : topology.links()) {
      tier_capacity_[static_cast<size_t>(link.tier)] +=
          static_cast<double>(link.bandwidth.bytes_per_second());
    }
  }

  std::vector<Load> LoadsOf(const Exchange& exchange) const {
    std::vector<double> seconds(timelines_.size());
    VisitLinks(exchange, topology_, [&](LinkId id, Bytes bytes) {
      const Link& link = topology_.links()[static_cast<size_t>(id)];
      const auto tier = static_cast<size_t>(link.tier);
      const auto amount = static_cast<double>(bytes.count());
      const int of_tier = timeline_of_tier_[tier];
      if (of_tier >= 0) seconds[static_cast<size_t>(of_tier)] += amount / tier_capacity_[tier];
      const int of_link = timeline_of_link_[static_cast<size_t>(id)];
      if (of_link < 0) return;
      seconds[static_cast<size_t>(of_link)] +=
          amount / static_cast<double>(link.bandwidth.bytes_per_second());
    });
    std::vector<Load> loads;
    for (size_t i = 0; i < seconds.size(); ++i) {
      if (seconds[i] > 0) loads.push_back({.timeline = i, .seconds = seconds[i]});
    }
    return loads;
  }

  void Spread(const TrafficRecord::Run& run, const std::vector<Load>& loads) {
    const Duration begin = run.begin.time_since_epoch();
    const Duration end = run.end.time_since_epoch();
    const double duration = ToSeconds(end - begin);
    for (Duration at = begin; at < end;) {
      const int64_t bin = std::min(at / bin_, kBins - 1);
      const Duration next = bin == kBins - 1 ? end : std::min(end, (bin + 1) * bin_);
      const double share = ToSeconds(next - at) / duration * run.count / ToSeconds(bin_);
      for (const Load& load : loads) {
        timelines_[load.timeline].utilisation[static_cast<size_t>(bin)] += load.seconds * share;
      }
      at = next;
    }
  }

  std::vector<LinkTimeline> Take() { return std::move(timelines_); }

 private:
  void AddTier(const TierSummary& tier) {
    timeline_of_tier_[static_cast<size_t>(tier.tier)] = Add(tier.tier, -1, TierName(tier.tier));
    for (size_t i = 0; i < std::min(kLinksPerTier, tier.hottest.size()); ++i) {
      const LinkSummary& link = tier.hottest[i];
      if (link.bytes == Bytes()) break;
      timeline_of_link_[static_cast<size_t>(link.link)] = Add(tier.tier, link.link, link.name);
    }
  }
  int Add(Tier tier, LinkId link, std::string name) {
    timelines_.push_back({.tier = tier,
                          .link = link,
                          .name = std::move(name),
                          .bin = bin_,
                          .utilisation = std::vector<double>(kBins)});
    return static_cast<int>(timelines_.size() - 1);
  }

  const Topology& topology_;
  Duration bin_;
  std::vector<LinkTimeline> timelines_;
  std::vector<int> timeline_of_link_;
  std::array<int, kTierCount> timeline_of_tier_{};
  std::array<double, kTierCount> tier_capacity_{};
};

}  // namespace

std::vector<LinkTimeline> LinkTimelines(const Topology& topology,
                                        const std::vector<TierSummary>& tiers,
                                        const TrafficRecord& traffic, Duration makespan) {
  if (traffic.runs().empty()) return {};
  TimelineBuilder builder(topology, tiers, makespan);
  std::vector<std::vector<Load>> loads;
  for (const Exchange& exchange : traffic.exchanges()) loads.push_back(builder.LoadsOf(exchange));
  for (const TrafficRecord::Run& run : traffic.runs()) {
    builder.Spread(run, loads[static_cast<size_t>(run.exchange)]);
  }
  return builder.Take();
}

}  // namespace tessera
