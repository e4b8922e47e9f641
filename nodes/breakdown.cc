#include "nodes/breakdown.h"

#include <algorithm>

#include "absl/numeric/int128.h"

namespace tessera {
namespace {

constexpr size_t kHottestLinks = 8;

// Divides sums by a number of ranks. What rounding takes from one part goes to the next, so that
// the parts of a whole add up.
class Averager {
 public:
  explicit Averager(size_t ranks) : ranks_(static_cast<int64_t>(ranks)) {}
  Duration Average(absl::int128 sum) {
    const auto before = static_cast<int64_t>(total_ / ranks_);
    total_ += sum;
    return Duration(static_cast<int64_t>(total_ / ranks_) - before);
  }

 private:
  int64_t ranks_;
  absl::int128 total_ = 0;
};

template <typename Part>
absl::int128 Sum(absl::Span<const RankTime> ranks, Part part) {
  absl::int128 sum = 0;
  for (const RankTime& rank : ranks) sum += part(rank).count();
  return sum;
}

double Utilisation(Bytes bytes, double bytes_per_second, Duration makespan) {
  return static_cast<double>(bytes.count()) / (bytes_per_second * ToSeconds(makespan));
}

std::vector<LinkSummary> Hottest(const Topology& topology, std::vector<LinkSummary> links) {
  std::stable_sort(links.begin(), links.end(),
                   [](const auto& a, const auto& b) { return a.utilisation > b.utilisation; });
  links.resize(std::min(links.size(), kHottestLinks));
  for (LinkSummary& link : links) link.name = topology.LinkName(link.link);
  return links;
}

TierSummary SummariseTier(const Topology& topology, Tier tier, absl::Span<const Bytes> bytes,
                          Duration makespan) {
  TierSummary summary{.tier = tier};
  std::vector<LinkSummary> links;
  double capacity = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const Link& link = topology.links()[i];
    if (link.tier != tier) continue;
    const auto rate = static_cast<double>(link.bandwidth.bytes_per_second());
    capacity += rate;
    summary.bytes += bytes[i];
    links.push_back({.link = static_cast<LinkId>(i),
                     .bytes = bytes[i],
                     .utilisation = Utilisation(bytes[i], rate, makespan)});
  }
  if (links.empty()) return summary;
  summary.mean_utilisation = Utilisation(summary.bytes, capacity, makespan);
  summary.hottest = Hottest(topology, std::move(links));
  summary.peak_utilisation = summary.hottest.front().utilisation;
  return summary;
}

}  // namespace

TimeBreakdown AverageTime(absl::Span<const RankTime> ranks, Duration makespan) {
  TimeBreakdown breakdown;
  Averager averager(ranks.size());
  for (size_t c = 0; c < breakdown.compute.size(); ++c) {
    breakdown.compute[c] =
        averager.Average(Sum(ranks, [c](const RankTime& r) { return r.compute.by_class[c]; }));
  }
  for (size_t a = 0; a < breakdown.exposed_communication.size(); ++a) {
    breakdown.exposed_communication[a] =
        averager.Average(Sum(ranks, [a](const RankTime& r) { return r.exposed[a]; }));
  }
  for (size_t a = 0; a < breakdown.waiting.size(); ++a) {
    breakdown.waiting[a] =
        averager.Average(Sum(ranks, [a](const RankTime& r) { return r.waiting[a]; }));
    breakdown.idle += breakdown.waiting[a];
  }
  breakdown.finished = averager.Average(
      Sum(ranks, [makespan](const RankTime& r) { return Time(makespan) - r.end; }));
  breakdown.idle += breakdown.finished;
  return breakdown;
}

std::vector<TierSummary> SummariseTiers(const Topology& topology, absl::Span<const Bytes> bytes,
                                        Duration makespan) {
  std::vector<TierSummary> tiers;
  for (int tier = 0; tier < kTierCount; ++tier) {
    TierSummary summary = SummariseTier(topology, static_cast<Tier>(tier), bytes, makespan);
    if (!summary.hottest.empty()) tiers.push_back(std::move(summary));
  }
  return tiers;
}

}  // namespace tessera
