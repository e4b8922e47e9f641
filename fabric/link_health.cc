#include "fabric/link_health.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "core/check.h"
#include "topology/routing.h"

namespace tessera {
namespace {

// Without overflow.
Time After(Time time, Duration duration) {
  return duration > Time::max() - time ? Time::max() : time + duration;
}

RouteEnds EndsOf(const Topology& topology, const PairRoute& route) {
  return {topology.links()[static_cast<size_t>(route.links.front())].source,
          topology.links()[static_cast<size_t>(route.links.back())].target};
}

}  // namespace

double ShareWithRetries(const Link& link, double bit_error_rate) {
  constexpr int kBitsLog2 = 15;  // Of a packet of 4 KiB.
  double intact = 1 - bit_error_rate;
  for (int i = 0; i < kBitsLog2; ++i) intact *= intact;
  const double hit = 1 - intact;
  const double packet = 4096;
  const double in_flight = 2 * static_cast<double>(link.latency.count()) * 1e-12 *
                           static_cast<double>(link.bandwidth.bytes_per_second());
  return intact / (intact + hit * (1 + in_flight / packet));
}

LinkHealth::LinkHealth(const Topology& topology, std::vector<LinkFault> faults)
    : topology_(topology) {
  for (LinkFault& fault : faults) {
    TESSERA_CHECK(fault.length > Duration() && fault.share >= 0 && fault.share < 1);
    TESSERA_CHECK(fault.share > 0 || topology.ways() == 1);
    TESSERA_CHECK(fault.every == Duration() || fault.every > fault.length);
    const Time from = fault.from;
    courses_.push_back({.fault = std::move(fault), .begin = from, .next = from});
  }
}

Time LinkHealth::next() const {
  Time next = Time::max();
  for (const Course& course : courses_) next = std::min(next, course.next);
  return next;
}

const std::vector<LinkId>& LinkHealth::Step() {
  changed_.clear();
  const Time now = next();
  for (Course& course : courses_) {
    while (course.next == now && now != Time::max()) Advance(course);
  }
  return changed_;
}

void LinkHealth::Advance(Course& course) {
  const LinkFault& fault = course.fault;
  const auto number = static_cast<size_t>(&course - courses_.data());
  const Time end = After(course.begin, fault.length);
  const bool is_down = fault.share == 0 && fault.reroute_after.has_value();
  if (course.stage == Stage::kBegin) {
    for (const LinkId link : fault.links) active_[link].push_back(number);
    const Time close = is_down ? After(course.begin, *fault.reroute_after) : Time::max();
    course.stage = close < end ? Stage::kClose : Stage::kEnd;
    course.next = std::min(close, end);
  } else if (course.stage == Stage::kClose) {
    course.closes = true;
    course.stage = Stage::kEnd;
    course.next = end;
    return;
  } else {
    for (const LinkId link : fault.links) std::erase(active_[link], number);
    course.closes = false;
    course.stage = Stage::kBegin;
    course.begin = fault.every == Duration() ? Time::max() : After(course.begin, fault.every);
    course.next = course.begin;
  }
  changed_.insert(changed_.end(), fault.links.begin(), fault.links.end());
}

template <typename Predicate>
bool LinkHealth::Any(LinkId link, Predicate predicate) const {
  const auto found = active_.find(link);
  return found != active_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](size_t number) { return predicate(courses_[number]); });
}

bool LinkHealth::IsClosed(LinkId link) const {
  return Any(link, [](const Course& course) { return course.closes; });
}

// For ever.
bool LinkHealth::IsLost(LinkId link) const {
  return Any(link, [](const Course& course) {
    return course.fault.share == 0 && course.fault.length == LinkFault::kForever;
  });
}

Bandwidth LinkHealth::RateOf(LinkId link) const {
  const Bandwidth whole = topology_.links()[static_cast<size_t>(link)].bandwidth;
  const auto found = active_.find(link);
  if (found == active_.end()) return whole;
  double share = 1;
  for (const size_t number : found->second) share = std::min(share, courses_[number].fault.share);
  return share == 0 ? Bandwidth() : whole.Scaled(share);
}

bool LinkHealth::IsDown(const PairRoute& route) const {
  return std::any_of(route.links.begin(), route.links.end(),
                     [this](LinkId link) { return RateOf(link) == Bandwidth(); });
}

std::vector<LinkId> LinkHealth::LinksThat(bool (LinkHealth::*predicate)(LinkId) const) const {
  std::vector<LinkId> links;
  for (const auto& [link, faults] : active_) {
    if ((this->*predicate)(link)) links.push_back(link);
  }
  return links;
}

std::optional<PairRoute> LinkHealth::WayRound(const PairRoute& usual,
                                              std::vector<LinkId> closed_links) {
  const RouteEnds ends = EndsOf(topology_, usual);
  const uint64_t key =
      uint64_t{static_cast<uint32_t>(ends.source)} << 32 | static_cast<uint32_t>(ends.target);
  const auto closed = ways_.try_emplace(std::move(closed_links)).first;
  const auto [way, is_new] = closed->second.try_emplace(key);
  if (!is_new) return way->second;
  std::vector<LinkId> links;
  AppendShortestAround(topology_, ends, closed->first, links);
  if (!links.empty()) {
    way->second = RouteOver(topology_, route_store_.emplace_back(std::move(links)));
  }
  return way->second;
}

std::optional<PairRoute> LinkHealth::WayFor(const PairRoute& usual) {
  const bool closed = std::any_of(usual.links.begin(), usual.links.end(),
                                  [this](LinkId link) { return IsClosed(link); });
  const std::optional<PairRoute> way =
      closed ? WayRound(usual, LinksThat(&LinkHealth::IsClosed)) : usual;
  return way.has_value() && !IsDown(*way) ? way : std::nullopt;
}

bool LinkHealth::Recovers(const PairRoute& usual) {
  const auto stays = [](const Course& course) {
    return course.fault.length == LinkFault::kForever && course.fault.share == 0 &&
           !course.fault.reroute_after.has_value();
  };
  bool lost = false;
  for (const LinkId link : usual.links) {
    if (Any(link, stays)) return false;
    lost = lost || IsLost(link);
  }
  return !lost || WayRound(usual, LinksThat(&LinkHealth::IsLost)).has_value();
}

std::string LinkHealth::NamesOfDown(const PairRoute& usual) const {
  std::vector<std::string> names;
  for (const LinkId link : usual.links) {
    if (RateOf(link) == Bandwidth()) names.push_back(topology_.LinkName(link));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace tessera
