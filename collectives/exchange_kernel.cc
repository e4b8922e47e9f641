#include "collectives/exchange_kernel.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collectives/schedule_builder.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Of what a forwarder handles, this part is not yet (or no longer) in the pipeline of both legs.
// DeepEP hands on 16 to 32 tokens at a time, of 512 between a rank and a node in its benchmark.
constexpr double kPipelineFill = 1.0 / 32;

// One transfer in the making.
struct Leg {
  int source = 0;
  int target = 0;
  double bytes = 0;
  std::vector<int> after = {};
};

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

class ExchangePlanner {
 public:
  ExchangePlanner(const ExchangeFamily& kernel, const ExchangeRequest& request,
                  const Topology& topology)
      : kernel_(kernel),
        request_(request),
        tokens_(request.tokens),
        topology_(topology),
        n_(static_cast<int>(request.ranks.size())) {
    for (int r = 0; r < n_; ++r) per_node_ += NodeOf(r) == NodeOf(0) ? 1 : 0;
    nodes_ = per_node_ > 0 ? (n_ + per_node_ - 1) / per_node_ : 0;
  }

  absl::StatusOr<CollectivePlan> Plan() {
    TESSERA_RETURN_IF_ERROR(Check());
    SetPrices();
    if (Forwards()) {
      AddForwarded();
    } else {
      AddDirect();
    }
    return Finish();
  }

 private:
  int NodeOf(int rank) const {
    const auto chip = static_cast<size_t>(request_.ranks[static_cast<size_t>(rank)]);
    return topology_.vertices()[chip].node;
  }
  bool Forwards() const { return request_.rule == CopyRule::kNode && nodes_ > 1; }
  const std::vector<int64_t>& CopiesOfRule() const {
    return request_.rule == CopyRule::kExpert ? tokens_.expert_copies : tokens_.rank_copies;
  }
  int64_t Copies(int source, int target) const {
    return CopiesOfRule()[static_cast<size_t>(source) * static_cast<size_t>(n_) +
                          static_cast<size_t>(target)];
  }

  absl::Status Check() const {
    const auto n = static_cast<size_t>(n_);
    if (n_ == 0 || CopiesOfRule().size() != n * n || tokens_.bytes_per_copy <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("an exchange among ", n_, " ranks needs n * n copies of some bytes, not ",
                       CopiesOfRule().size(), " of ", tokens_.bytes_per_copy));
    }
    if (nodes_ > 1 && !kernel_.scale_out) {
      return absl::InvalidArgumentError("the kernel stays inside a node");
    }
    if (per_node_ > 1 && RateOut(topology_, request_.ranks[0], Tier::kScaleUp) <= 0) {
      return absl::InvalidArgumentError("no links inside a node");
    }
    if (nodes_ > 1 && NicRate(topology_, request_.ranks[0]) <= 0) {
      return absl::InvalidArgumentError("no NIC at the first rank");
    }
    return Forwards() ? CheckForwarding() : absl::OkStatus();
  }

  absl::Status CheckForwarding() const {
    for (int r = 0; r < n_; ++r) {
      if (n_ % per_node_ == 0 && NodeOf(r) == NodeOf(r / per_node_ * per_node_)) continue;
      return absl::InvalidArgumentError(absl::StrCat("copies are forwarded inside nodes of ",
                                                     per_node_, ", which ", n_,
                                                     " ranks do not fill"));
    }
    if (tokens_.node_copies.size() != static_cast<size_t>(n_) * static_cast<size_t>(nodes_)) {
      return absl::InvalidArgumentError("forwarding needs the copies of each rank for each node");
    }
    return absl::OkStatus();
  }

  // How much longer than its bytes say a copy keeps either fabric busy, in units of kNoStretch.
  void SetPrices() {
    const ExchangeLeg& up = kernel_.scale_up;
    const double port = RateOut(topology_, request_.ranks[0], Tier::kScaleUp);
    double usable = port * up.efficiency;
    const int cores = request_.cores > 0 ? request_.cores : kernel_.cores;
    if (kernel_.core_rate && cores > 0) {
      usable = std::min(usable, cores * static_cast<double>(kernel_.core_rate->bytes_per_second()));
    }
    if (port > 0) costs_.scale_up_stretch = Stretch(port, usable, up.copy);
    if (nodes_ > 1) {
      const ExchangeLeg& out = *kernel_.scale_out;
      const Duration issue = request_.host_posts ? out.host_copy.value_or(out.copy) : out.copy;
      const double nic = NicRate(topology_, request_.ranks[0]);
      costs_.scale_out_stretch = Stretch(nic, nic * out.efficiency, issue);
    }
    const ExchangeLeg& farthest = nodes_ > 1 ? *kernel_.scale_out : kernel_.scale_up;
    costs_.start = tokens_.combine ? farthest.combine_start : farthest.dispatch_start;
  }

  int32_t Stretch(double rate, double usable, Duration issue) const {
    const double factor = rate / usable + ToSeconds(issue) * rate / tokens_.bytes_per_copy;
    return static_cast<int32_t>(std::ceil(factor * TransferCosts::kNoStretch));
  }

  // From the side of the tokens to the side of the experts, or back.
  int Add(int near, int far, double copies, std::vector<int> after = {}) {
    if (tokens_.combine) std::swap(near, far);
    legs_.push_back({.source = near,
                     .target = far,
                     .bytes = copies * tokens_.bytes_per_copy,
                     .after = std::move(after)});
    return static_cast<int>(legs_.size()) - 1;
  }

  void AddDirect() {
    for (int s = 0; s < n_; ++s) {
      for (int t = 0; t < n_; ++t) {
        const int64_t copies = Copies(s, t);
        if (s != t && copies > 0) Add(s, t, static_cast<double>(copies));
      }
    }
  }

  // What forwarder `f` handles for rank `t` of its node, its own tokens included.
  int64_t Forwarded(int f, int t) const {
    int64_t copies = 0;
    for (int s = f % per_node_; s < n_; s += per_node_) copies += Copies(s, t);
    return copies;
  }

  void AddForwarded() {
    for (int f = 0; f < n_; ++f) {
      if (tokens_.combine) {
        AddNetwork(f, AddPart(f, kPipelineFill, {}));
      } else {
        AddPart(f, kPipelineFill, AddNetwork(f, {}));
      }
      AddPart(f, 1 - kPipelineFill, {});
    }
  }

  // A part of what `f` forwards inside its node; returns the transfers.
  std::vector<int> AddPart(int f, double part, const std::vector<int>& after) {
    std::vector<int> added;
    const int first = f / per_node_ * per_node_;
    for (int t = first; t < first + per_node_; ++t) {
      const int64_t copies = Forwarded(f, t);
      if (t == f || copies == 0) continue;
      added.push_back(Add(f, t, part * static_cast<double>(copies), after));
    }
    return added;
  }

  // What `f` receives over its NIC from the ranks of other nodes (or sends back to them).
  std::vector<int> AddNetwork(int f, const std::vector<int>& after) {
    std::vector<int> added;
    for (int s = f % per_node_; s < n_; s += per_node_) {
      const auto at =
          static_cast<size_t>(s) * static_cast<size_t>(nodes_) + static_cast<size_t>(f / per_node_);
      const int64_t copies = tokens_.node_copies[at];
      if (s == f || copies == 0) continue;
      added.push_back(Add(s, f, static_cast<double>(copies), after));
    }
    return added;
  }

  CollectivePlan Finish() const {
    std::vector<Bytes> sizes;
    for (const Leg& leg : legs_) sizes.emplace_back(static_cast<int64_t>(leg.bytes));
    if (sizes.empty()) sizes.emplace_back(0);  // A schedule has chunks even where nothing moves.
    ScheduleBuilder builder("exchange", n_, sizes);
    for (size_t i = 0; i < legs_.size(); ++i) {
      const Leg& leg = legs_[i];
      builder.AddAfter({.source = leg.source, .target = leg.target, .chunk = static_cast<int>(i)},
                       leg.after);
    }
    CollectivePlan plan;
    plan.schedule = std::make_shared<const Schedule>(std::move(builder).Build());
    plan.endpoints.assign(request_.ranks.begin(), request_.ranks.end());
    plan.costs = costs_;
    plan.algorithm = "exchange";
    PriceBusiestLink(plan);
    return plan;
  }

  void PriceBusiestLink(CollectivePlan& plan) const {
    std::vector<double> carried(topology_.links().size());
    Duration latency{};
    for (const Leg& leg : legs_) {
      const VertexId source = request_.ranks[static_cast<size_t>(leg.source)];
      const VertexId target = request_.ranks[static_cast<size_t>(leg.target)];
      const int32_t stretch = NodeOf(leg.source) == NodeOf(leg.target) ? costs_.scale_up_stretch
                                                                       : costs_.scale_out_stretch;
      for (const LinkId id : topology_.Route(source, target)) {
        carried[static_cast<size_t>(id)] += leg.bytes * stretch / TransferCosts::kNoStretch;
      }
      latency = std::max(latency, topology_.RouteLatency(source, target));
    }
    double longest = 0;
    LinkId busiest = -1;
    for (size_t i = 0; i < carried.size(); ++i) {
      const double seconds =
          carried[i] / static_cast<double>(topology_.links()[i].bandwidth.bytes_per_second());
      if (seconds <= longest) continue;
      longest = seconds;
      busiest = static_cast<LinkId>(i);
    }
    const Duration busy(static_cast<int64_t>(longest * 1e12) + 1);
    plan.predicted = plan.costs.start + latency + busy;
    plan.explanation =
        busiest < 0 ? "moves nothing" : absl::StrCat("bound by ", topology_.LinkName(busiest));
  }

  const ExchangeFamily& kernel_;
  const ExchangeRequest& request_;
  const TokenExchange& tokens_;
  const Topology& topology_;
  const int n_;
  int per_node_ = 0;
  int nodes_ = 0;
  TransferCosts costs_;
  std::vector<Leg> legs_;
};

}  // namespace

absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeFamily& kernel,
                                            const ExchangeRequest& request,
                                            const Topology& topology) {
  return ExchangePlanner(kernel, request, topology).Plan();
}

absl::StatusOr<CollectivePlan> PlanFastestExchange(const ExchangeKernelSpec& kernels,
                                                   const TokenExchange& tokens,
                                                   absl::Span<const ChipId> ranks,
                                                   const Topology& topology) {
  absl::StatusOr<CollectivePlan> best = absl::InvalidArgumentError("it has no kernels");
  for (const ExchangeFamily& family : kernels.families) {
    absl::StatusOr<CollectivePlan> plan =
        PlanExchange(family,
                     {.tokens = tokens,
                      .ranks = std::vector<ChipId>(ranks.begin(), ranks.end()),
                      .rule = family.copies},
                     topology);
    const bool first = &family == &kernels.families.front();
    if (first || (plan.ok() && (!best.ok() || plan->predicted < best->predicted))) {
      best = std::move(plan);
    }
  }
  if (!best.ok()) {
    return absl::Status(best.status().code(), absl::StrCat("exchange kernels \"", kernels.name,
                                                           "\": ", best.status().message()));
  }
  best->algorithm = kernels.name;
  return best;
}

}  // namespace tessera
