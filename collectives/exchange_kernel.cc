#include "collectives/exchange_kernel.h"

#include <algorithm>
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
  double bytes = 0;  // On the wire.
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
        topology_(topology),
        n_(static_cast<int>(request.ranks.size())),
        per_node_(topology.chips_per_node()),
        nodes_((n_ + per_node_ - 1) / per_node_) {}

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
  int NodeOf(int rank) const { return rank / per_node_; }
  bool Forwards() const { return request_.rule == CopyRule::kNode && nodes_ > 1; }
  int64_t Copies(int source, int target) const {
    return request_.copies[static_cast<size_t>(source) * static_cast<size_t>(n_) +
                           static_cast<size_t>(target)];
  }

  absl::Status Check() const {
    const auto n = static_cast<size_t>(n_);
    if (n_ == 0 || request_.copies.size() != n * n) {
      return absl::InvalidArgumentError(absl::StrCat(
          "an exchange among ", n_, " ranks needs n * n copies, not ", request_.copies.size()));
    }
    if (nodes_ > 1 && !kernel_.scale_out) {
      return absl::InvalidArgumentError("the kernel stays inside a node");
    }
    if (per_node_ > 1 && n_ > 1 && RateOut(topology_, request_.ranks[0], Tier::kScaleUp) <= 0) {
      return absl::InvalidArgumentError("no links inside a node");
    }
    if (nodes_ > 1 && NicRate(topology_, request_.ranks[0]) <= 0) {
      return absl::InvalidArgumentError("no NIC at the first rank");
    }
    if (!Forwards()) return absl::OkStatus();
    if (n_ % per_node_ != 0) {
      return absl::InvalidArgumentError(absl::StrCat("copies are forwarded inside nodes of ",
                                                     per_node_, ", which ", n_,
                                                     " ranks do not fill"));
    }
    if (request_.node_copies.size() != n * static_cast<size_t>(nodes_)) {
      return absl::InvalidArgumentError("forwarding needs the copies of each rank for each node");
    }
    return absl::OkStatus();
  }

  // Bytes on the wire of one copy on either fabric.
  void SetPrices() {
    const double port = RateOut(topology_, request_.ranks[0], Tier::kScaleUp);
    const ExchangeLeg& up = kernel_.scale_up;
    double usable = port * up.efficiency;
    const int cores = request_.cores > 0 ? request_.cores : kernel_.cores;
    if (kernel_.core_rate && cores > 0) {
      usable = std::min(usable, cores * static_cast<double>(kernel_.core_rate->bytes_per_second()));
    }
    if (port > 0) up_copy_ = port * (request_.bytes_per_copy / usable + ToSeconds(up.copy));
    if (nodes_ == 1) return;
    const ExchangeLeg& out = *kernel_.scale_out;
    const Duration issue = request_.host_posts ? out.host_copy.value_or(out.copy) : out.copy;
    out_copy_ = request_.bytes_per_copy / out.efficiency +
                ToSeconds(issue) * NicRate(topology_, request_.ranks[0]);
  }

  // From the side of the tokens to the side of the experts, or back.
  int Add(int near, int far, double bytes, std::vector<int> after = {}) {
    if (request_.combine) std::swap(near, far);
    legs_.push_back({.source = near, .target = far, .bytes = bytes, .after = std::move(after)});
    return static_cast<int>(legs_.size()) - 1;
  }

  void AddDirect() {
    for (int s = 0; s < n_; ++s) {
      for (int t = 0; t < n_; ++t) {
        const int64_t copies = Copies(s, t);
        if (s == t || copies == 0) continue;
        const bool inside = NodeOf(s) == NodeOf(t);
        leaves_node_ |= !inside;
        Add(s, t, static_cast<double>(copies) * (inside ? up_copy_ : out_copy_));
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
    leaves_node_ = true;
    for (int f = 0; f < n_; ++f) {
      if (request_.combine) {
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
    const int first = NodeOf(f) * per_node_;
    for (int t = first; t < first + per_node_; ++t) {
      const int64_t copies = Forwarded(f, t);
      if (t == f || copies == 0) continue;
      added.push_back(Add(f, t, part * static_cast<double>(copies) * up_copy_, after));
    }
    return added;
  }

  // What `f` receives over its NIC from the ranks of other nodes (or sends back to them).
  std::vector<int> AddNetwork(int f, const std::vector<int>& after) {
    std::vector<int> added;
    for (int s = f % per_node_; s < n_; s += per_node_) {
      const auto at =
          static_cast<size_t>(s) * static_cast<size_t>(nodes_) + static_cast<size_t>(NodeOf(f));
      const int64_t copies = request_.node_copies[at];
      if (s == f || copies == 0) continue;
      added.push_back(Add(s, f, static_cast<double>(copies) * out_copy_, after));
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
    const ExchangeLeg& farthest = leaves_node_ ? *kernel_.scale_out : kernel_.scale_up;
    plan.costs.start = request_.combine ? farthest.combine_start : farthest.dispatch_start;
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
      for (const LinkId id : topology_.Route(source, target)) {
        carried[static_cast<size_t>(id)] += leg.bytes;
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
  const Topology& topology_;
  const int n_;
  const int per_node_;
  const int nodes_;
  double up_copy_ = 0;
  double out_copy_ = 0;
  bool leaves_node_ = false;
  std::vector<Leg> legs_;
};

}  // namespace

absl::StatusOr<CollectivePlan> PlanExchange(const ExchangeFamily& kernel,
                                            const ExchangeRequest& request,
                                            const Topology& topology) {
  return ExchangePlanner(kernel, request, topology).Plan();
}

}  // namespace tessera
