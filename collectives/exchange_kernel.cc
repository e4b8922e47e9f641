#include "collectives/exchange_kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collectives/schedule_builder.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// The summed rate of the links of `tier` out of `vertex`, bytes/s.
double RateOut(const Topology& topology, VertexId vertex, Tier tier) {
  double rate = 0;
  const auto [first, last] = topology.LinksFrom(vertex);
  for (LinkId id = first; id < last; ++id) {
    const Link& link = topology.links()[static_cast<size_t>(id)];
    if (link.tier == tier) rate += static_cast<double>(link.bandwidth.bytes_per_second());
  }
  return rate;
}

// Of the NIC behind `chip`, which the host link may exceed; 0: the chip has none.
double NicRate(const Topology& topology, ChipId chip) {
  const auto [first, last] = topology.LinksFrom(chip);
  for (LinkId id = first; id < last; ++id) {
    const Link& link = topology.links()[static_cast<size_t>(id)];
    if (topology.vertices()[static_cast<size_t>(link.target)].kind != VertexKind::kNic) continue;
    double rate = 0;
    const auto [from, to] = topology.LinksFrom(link.target);
    for (LinkId out = from; out < to; ++out) {
      const Link& cable = topology.links()[static_cast<size_t>(out)];
      if (topology.vertices()[static_cast<size_t>(cable.target)].kind != VertexKind::kSwitch) {
        continue;
      }
      rate += static_cast<double>(cable.bandwidth.bytes_per_second());
    }
    return rate;
  }
  return 0;
}

ExchangePlace PlaceOf(absl::Span<const ChipId> ranks, const Topology& topology) {
  ExchangePlace place;
  for (const ChipId chip : ranks) {
    place.node_of_rank.push_back(topology.vertices()[static_cast<size_t>(chip)].node);
  }
  if (ranks.empty()) return place;
  place.port_bytes_per_second = RateOut(topology, ranks.front(), Tier::kScaleUp);
  place.nic_bytes_per_second = NicRate(topology, ranks.front());
  return place;
}

// The transfers of an exchange, and what they cost.
class PricedExchange {
 public:
  PricedExchange(const ExchangeFamily& kernel, const ExchangeRequest& request,
                 const ExchangePlace& place)
      : kernel_(kernel), request_(request), tokens_(request.tokens), place_(place) {
    const std::vector<int>& nodes = place.node_of_rank;
    leaves_node_ = std::any_of(nodes.begin(), nodes.end(), [&](int n) { return n != nodes[0]; });
    shares_node_ = std::count(nodes.begin(), nodes.end(), nodes.empty() ? 0 : nodes[0]) > 1;
  }

  absl::Status Prepare() {
    TESSERA_ASSIGN_OR_RETURN(transfers_,
                             TransfersOfCopies(tokens_, request_.rule, place_.node_of_rank));
    if (leaves_node_ && !kernel_.scale_out) {
      return absl::InvalidArgumentError("the kernel stays inside a node");
    }
    if (shares_node_ && place_.port_bytes_per_second <= 0) {
      return absl::InvalidArgumentError("no links inside a node");
    }
    if (leaves_node_ && place_.nic_bytes_per_second <= 0) {
      return absl::InvalidArgumentError("no NIC at the first rank");
    }
    SetPrices();
    return absl::OkStatus();
  }

  const std::vector<CopyTransfer>& transfers() const { return transfers_; }
  const TransferCosts& costs() const { return costs_; }
  bool LeavesNode(const CopyTransfer& transfer) const {
    return place_.node_of_rank[static_cast<size_t>(transfer.source)] !=
           place_.node_of_rank[static_cast<size_t>(transfer.target)];
  }
  // What a transfer asks of its links, in bytes of their rates.
  double Work(const CopyTransfer& transfer) const {
    const int32_t stretch =
        LeavesNode(transfer) ? costs_.scale_out_stretch : costs_.scale_up_stretch;
    return transfer.bytes * stretch / TransferCosts::kNoStretch;
  }

 private:
  // How much longer than its bytes say a copy keeps either fabric busy, in units of kNoStretch.
  void SetPrices() {
    const ExchangeLeg& up = kernel_.scale_up;
    const double port = place_.port_bytes_per_second;
    double usable = port * up.efficiency;
    const int cores = request_.cores > 0 ? request_.cores : kernel_.cores;
    if (kernel_.core_rate && cores > 0) {
      usable = std::min(usable, cores * static_cast<double>(kernel_.core_rate->bytes_per_second()));
    }
    if (port > 0) costs_.scale_up_stretch = Stretch(port, usable, up.copy);
    if (leaves_node_) {
      const ExchangeLeg& out = *kernel_.scale_out;
      const Duration issue = request_.host_posts ? out.host_copy.value_or(out.copy) : out.copy;
      const double nic = place_.nic_bytes_per_second;
      costs_.scale_out_stretch = Stretch(nic, nic * out.efficiency, issue);
    }
    const ExchangeLeg& farthest = leaves_node_ ? *kernel_.scale_out : kernel_.scale_up;
    costs_.start = tokens_.combine ? farthest.combine_start : farthest.dispatch_start;
  }

  int32_t Stretch(double rate, double usable, Duration issue) const {
    const double factor = rate / usable + ToSeconds(issue) * rate / tokens_.bytes_per_copy;
    return static_cast<int32_t>(std::ceil(factor * TransferCosts::kNoStretch));
  }

  const ExchangeFamily& kernel_;
  const ExchangeRequest& request_;
  const TokenExchange& tokens_;
  const ExchangePlace& place_;
  bool leaves_node_ = false;
  bool shares_node_ = false;
  TransferCosts costs_;
  std::vector<CopyTransfer> transfers_;
};

std::shared_ptr<const Schedule> ScheduleOf(const std::vector<CopyTransfer>& transfers, int ranks) {
  std::vector<Bytes> sizes;
  sizes.reserve(transfers.size());
  for (const CopyTransfer& t : transfers) sizes.emplace_back(static_cast<int64_t>(t.bytes));
  if (sizes.empty()) sizes.emplace_back(0);  // A schedule has chunks even where nothing moves.
  ScheduleBuilder builder("exchange", ranks, sizes);
  for (size_t i = 0; i < transfers.size(); ++i) {
    const CopyTransfer& t = transfers[i];
    builder.AddAfter({.source = t.source, .target = t.target, .chunk = static_cast<int>(i)},
                     t.after);
  }
  return std::make_shared<const Schedule>(std::move(builder).Build());
}

void PriceBusiestLink(const PricedExchange& exchange, const Topology& topology,
                      CollectivePlan& plan) {
  std::vector<double> carried(topology.links().size());
  Duration latency{};
  for (const CopyTransfer& transfer : exchange.transfers()) {
    const VertexId source = plan.endpoints[static_cast<size_t>(transfer.source)];
    const VertexId target = plan.endpoints[static_cast<size_t>(transfer.target)];
    for (const LinkId id : topology.Route(source, target)) {
      carried[static_cast<size_t>(id)] += exchange.Work(transfer);
    }
    latency = std::max(latency, topology.RouteLatency(source, target));
  }
  double longest = 0;
  LinkId busiest = -1;
  for (size_t i = 0; i < carried.size(); ++i) {
    const double seconds =
        carried[i] / static_cast<double>(topology.links()[i].bandwidth.bytes_per_second());
    if (seconds <= longest) continue;
    longest = seconds;
    busiest = static_cast<LinkId>(i);
  }
  const Duration busy(static_cast<int64_t>(longest * 1e12) + 1);
  plan.predicted = plan.costs.start + latency + busy;
  plan.explanation =
      busiest < 0 ? "moves nothing" : absl::StrCat("bound by ", topology.LinkName(busiest));
}

}  // namespace

absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeFamily& kernel,
                                            const ExchangeRequest& request,
                                            const Topology& topology) {
  const ExchangePlace place = PlaceOf(request.ranks, topology);
  PricedExchange exchange(kernel, request, place);
  TESSERA_RETURN_IF_ERROR(exchange.Prepare());
  CollectivePlan plan;
  plan.schedule = ScheduleOf(exchange.transfers(), static_cast<int>(request.ranks.size()));
  plan.endpoints.assign(request.ranks.begin(), request.ranks.end());
  plan.costs = exchange.costs();
  plan.algorithm = "exchange";
  PriceBusiestLink(exchange, topology, plan);
  return plan;
}

absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeKernelSpec& kernels,
                                            const TokenExchange& tokens,
                                            absl::Span<const ChipId> ranks,
                                            const Topology& topology) {
  const ExchangeFamily* family = kernels.For(tokens.mode);
  absl::StatusOr<CollectivePlan> plan = absl::InvalidArgumentError("no families");
  if (family != nullptr) {
    plan = PlanExchange(*family,
                        {.tokens = tokens,
                         .ranks = std::vector<ChipId>(ranks.begin(), ranks.end()),
                         .rule = family->copies},
                        topology);
  }
  if (!plan.ok()) {
    return absl::Status(plan.status().code(), absl::StrCat("exchange kernels \"", kernels.name,
                                                           "\": ", plan.status().message()));
  }
  plan->algorithm = ExchangeName(kernels, tokens.mode);
  return plan;
}

std::string ExchangeName(const ExchangeKernelSpec& kernels, ExchangeMode mode) {
  const ExchangeFamily* family = kernels.For(mode);
  const bool low_latency = (family == nullptr ? mode : family->mode) == ExchangeMode::kLowLatency;
  return absl::StrCat(kernels.name, low_latency ? " low-latency" : " high-throughput");
}

absl::StatusOr<Duration> ExchangeTimeAlone(const ExchangeFamily& kernel,
                                           const TokenExchange& tokens,
                                           const ExchangePlace& place) {
  const ExchangeRequest request{.tokens = tokens, .rule = kernel.copies};
  PricedExchange exchange(kernel, request, place);
  TESSERA_RETURN_IF_ERROR(exchange.Prepare());
  // Of each rank: into and out of its port, into and out of its NIC.
  std::vector<std::array<double, 4>> work(place.node_of_rank.size());
  for (const CopyTransfer& transfer : exchange.transfers()) {
    const size_t tier = exchange.LeavesNode(transfer) ? 2 : 0;
    work[static_cast<size_t>(transfer.source)][tier] += exchange.Work(transfer);
    work[static_cast<size_t>(transfer.target)][tier + 1] += exchange.Work(transfer);
  }
  double longest = 0;
  for (const std::array<double, 4>& rank : work) {
    const double port = std::max(rank[0], rank[1]);
    const double nic = std::max(rank[2], rank[3]);
    if (port > 0) longest = std::max(longest, port / place.port_bytes_per_second);
    if (nic > 0) longest = std::max(longest, nic / place.nic_bytes_per_second);
  }
  return exchange.costs().start + CeilSeconds(longest);
}

}  // namespace tessera
