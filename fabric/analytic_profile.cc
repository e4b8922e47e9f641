#include "fabric/analytic_profile.h"

#include <algorithm>
#include <vector>

#include "fabric/link_shares.h"

namespace tessera {
namespace {

constexpr Duration kLocalCopy{1};  // A transfer without a route, as in ScheduleRunner.

// Work over rate, rounded up.
Duration TimeOf(WorkUnits work, RateUnits rate) {
  return Duration(static_cast<int64_t>((work + rate - 1) / rate));
}

class AnalyticRun {
 public:
  AnalyticRun(const Placement& placement, const TransferCosts& costs)
      : placement_(placement),
        schedule_(placement.schedule().schedule()),
        costs_(costs),
        work_(placement.links().size(), 0),
        bytes_(placement.links().size()),
        transfers_(placement.links().size(), 0),
        rank_ends_(static_cast<size_t>(schedule_.ranks), costs.start) {}

  Profile Run() && {
    FollowTransfers();
    HoldToLinks();
    return Collect();
  }

 private:
  const PairRoute& RouteOf(size_t transfer) const {
    const int32_t pair = placement_.schedule().pair_of(static_cast<int32_t>(transfer));
    return placement_.local_routes()[static_cast<size_t>(pair)];
  }
  // Of a link, in its shares.
  RateUnits CapacityOf(size_t link) const {
    return placement_.capacities()[link] * int64_t{SharesOf(placement_, link)};
  }

  void FollowTransfers() {
    std::vector<Duration> over(schedule_.transfers.size());
    for (size_t t = 0; t < over.size(); ++t) {
      const Transfer& transfer = schedule_.transfers[t];
      Duration ready = costs_.start;
      for (const int32_t before : schedule_.PredecessorsOf(transfer)) {
        ready = std::max(ready, over[static_cast<size_t>(before)]);
      }
      over[t] = ready + TimeOfTransfer(transfer, RouteOf(t));
      for (const int32_t end : {transfer.source, transfer.target}) {
        if (end >= schedule_.ranks) continue;
        Duration& rank_end = rank_ends_[static_cast<size_t>(end)];
        rank_end = std::max(rank_end, over[t]);
      }
      end_ = std::max(end_, over[t]);
    }
  }

  // Also counts it on its links.
  Duration TimeOfTransfer(const Transfer& transfer, const PairRoute& route) {
    if (route.links.empty()) return kLocalCopy;
    RateUnits rate = costs_.rate_cap == Bandwidth() ? kNoRate : ToRateUnits(costs_.rate_cap);
    const WorkUnits work = WorkOf(transfer.bytes, route, costs_);
    for (size_t hop = 0; hop < route.links.size(); ++hop) {
      const auto link = static_cast<size_t>(route.links[hop]);
      const int64_t coefficient = CoefficientOf(route, hop);
      rate = std::min(rate, CapacityOf(link) / coefficient);
      work_[link] += work * coefficient;
      bytes_[link] += transfer.bytes * coefficient;
      transfers_[link] += coefficient;
    }
    return TimeOf(work, rate) + route.head + route.tail +
           (route.leaves_node ? costs_.per_transfer_scale_out : costs_.per_transfer_scale_up);
  }

  void HoldToLinks() {
    for (size_t l = 0; l < work_.size(); ++l) busy_.push_back(TimeOf(work_[l], CapacityOf(l)));
    for (size_t t = 0; t < schedule_.transfers.size(); ++t) {
      const Transfer& transfer = schedule_.transfers[t];
      Duration least{};
      for (const int32_t link : RouteOf(t).links) {
        least = std::max(least, costs_.start + busy_[static_cast<size_t>(link)]);
      }
      for (const int32_t end : {transfer.source, transfer.target}) {
        if (end >= schedule_.ranks) continue;
        Duration& rank_end = rank_ends_[static_cast<size_t>(end)];
        rank_end = std::max(rank_end, least);
      }
      end_ = std::max(end_, least);
    }
  }

  Profile Collect() const {
    Profile profile;
    std::vector<int32_t> order;
    for (int32_t rank = 0; rank < schedule_.ranks; ++rank) order.push_back(rank);
    const auto end_of = [&](int32_t rank) { return rank_ends_[static_cast<size_t>(rank)]; };
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return end_of(a) < end_of(b); });
    for (const int32_t rank : order) Append(profile, end_of(rank), rank);
    Append(profile, std::max(end_, costs_.start), ScheduleRunner::RankEnd::kRunEnd);
    for (size_t l = 0; l < work_.size(); ++l) {
      const int64_t shares = placement_.shares().empty() ? 1 : placement_.shares()[l];
      profile.use.push_back({.bytes = Bytes(bytes_[l].count() / shares),
                             .busy = busy_[l],
                             .transfers = transfers_[l] / shares});
    }
    return profile;
  }

  static void Append(Profile& profile, Duration at, int32_t rank) {
    if (profile.groups.empty() || profile.groups.back().at != at) {
      profile.groups.push_back({.at = at, .first = static_cast<int32_t>(profile.ranks.size())});
    }
    ++profile.groups.back().count;
    profile.ranks.push_back(rank);
  }

  const Placement& placement_;
  const Schedule& schedule_;
  const TransferCosts& costs_;
  std::vector<WorkUnits> work_;     // Of each link, in shares.
  std::vector<Bytes> bytes_;        // Likewise.
  std::vector<int64_t> transfers_;  // Likewise.
  std::vector<Duration> busy_;
  std::vector<Duration> rank_ends_;
  Duration end_{};
};

}  // namespace

Profile MakeAnalyticProfile(const Placement& placement, const TransferCosts& costs) {
  return AnalyticRun(placement, costs).Run();
}

}  // namespace tessera
