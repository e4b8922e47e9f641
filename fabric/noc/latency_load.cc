#include "fabric/noc/latency_load.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/random.h"
#include "core/status_macros.h"
#include "fabric/noc/noc_network.h"

namespace tessera {
namespace {

constexpr uint32_t kMakingPurpose = 2;  // Random streams of the nodes.
constexpr uint32_t kTargetPurpose = 3;

struct Sum {
  double total = 0;
  int64_t count = 0;

  void Add(double value) {
    total += value;
    ++count;
  }
  double mean() const { return count == 0 ? 0 : total / static_cast<double>(count); }
};

double Change(double now, double before) {
  return now == 0 ? std::fabs(before) : std::fabs((now - before) / now);
}

class Experiment {
 public:
  Experiment(const NocLoad& load, const NocProtocol& protocol)
      : load_(load),
        protocol_(protocol),
        network_(load.network, load.seed),
        probability_(load.load / load.packet_flits) {
    for (int node = 0; node < load.network.nodes(); ++node) {
      const auto component = static_cast<uint32_t>(node);
      making_.push_back(RandomStream({load.seed, component, kMakingPurpose}));
      targets_.push_back(RandomStream({load.seed, component, kTargetPurpose}));
    }
  }

  NocMeasurement Run() {
    for (int period = 0; period < protocol_.warmup_periods; ++period) {
      if (period % 2 == 0) Clear();
      RunPeriod();
      if (overloaded_) return Result(false);
    }
    measuring_ = true;
    Clear();
    int steady = 0;
    for (int period = protocol_.warmup_periods; period < protocol_.most_periods; ++period) {
      RunPeriod();
      if (overloaded_) return Result(false);
      steady = settled_ ? steady + 1 : 0;
      if (steady == 3) break;
    }
    if (steady == 3) Drain();
    return Result(steady == 3);
  }

 private:
  void Clear() {
    latency_ = {};
    hops_ = {};
    flits_arrived_ = 0;
    cleared_ = network_.cycle();
  }

  void RunPeriod() {
    for (int i = 0; i < protocol_.period_cycles; ++i) {
      MakePackets();
      Step();
    }
    const double accepted = AcceptedLoad();
    settled_ = Change(latency_.mean(), last_latency_) < protocol_.tolerance &&
               Change(accepted, accepted_) < protocol_.tolerance;
    last_latency_ = latency_.mean();
    accepted_ = accepted;
    overloaded_ = MeanWithWaiting() > protocol_.most_latency;
  }

  // Until every packet that counts has arrived; others keep coming, so that it sees the same load.
  void Drain() {
    measuring_ = false;
    while (measured_under_way_ > 0) {
      MakePackets();
      Step();
    }
  }

  void MakePackets() {
    for (int node = 0; node < load_.network.nodes(); ++node) {
      const auto at = static_cast<size_t>(node);
      if (!making_[at].Bernoulli(probability_)) continue;
      network_.Send({.source = node,
                     .target = load_.traffic.Target(node, targets_[at]),
                     .flits = load_.packet_flits,
                     .created = network_.cycle(),
                     .measured = measuring_});
      created_sum_ += static_cast<double>(network_.cycle());
      if (measuring_) ++measured_under_way_;
    }
  }

  void Step() {
    arrivals_.clear();
    network_.Step(arrivals_);
    for (const NocNetwork::Arrival& arrival : arrivals_) {
      created_sum_ -= static_cast<double>(arrival.packet.created);
      flits_arrived_ += arrival.packet.flits;
      if (arrival.packet.measured) --measured_under_way_;
      if (measured_only() && !arrival.packet.measured) continue;
      latency_.Add(static_cast<double>(arrival.cycle - arrival.packet.created));
      hops_.Add(arrival.hops);
    }
  }

  bool measured_only() const { return network_.cycle() >= WarmupCycles(); }
  int64_t WarmupCycles() const {
    return int64_t{protocol_.warmup_periods} * protocol_.period_cycles;
  }

  double AcceptedLoad() const {
    const auto cycles = static_cast<double>(network_.cycle() - cleared_);
    return static_cast<double>(flits_arrived_) / cycles / load_.network.nodes();
  }

  // The mean over what has arrived and, as far as it got, what is under way.
  double MeanWithWaiting() const {
    const auto waiting = static_cast<double>(network_.packets_under_way());
    const double waited = waiting * static_cast<double>(network_.cycle()) - created_sum_;
    const double count = static_cast<double>(latency_.count) + waiting;
    return count == 0 ? 0 : (latency_.total + waited) / count;
  }

  NocMeasurement Result(bool settled) const {
    return {.settled = settled,
            .latency = latency_.mean(),
            .accepted_load = accepted_,
            .hops = hops_.mean(),
            .cycles = network_.cycle(),
            .flit_hops = network_.flit_hops()};
  }

  const NocLoad& load_;
  const NocProtocol& protocol_;
  NocNetwork network_;
  double probability_;
  std::vector<RandomStream> making_;
  std::vector<RandomStream> targets_;
  std::vector<NocNetwork::Arrival> arrivals_;
  bool measuring_ = false;
  bool settled_ = false;
  bool overloaded_ = false;
  Sum latency_;
  Sum hops_;
  int64_t flits_arrived_ = 0;
  int64_t cleared_ = 0;
  int64_t measured_under_way_ = 0;
  double created_sum_ = 0;   // Of packets under way.
  double last_latency_ = 0;  // At the end of the last period, as below.
  double accepted_ = 0;
};

}  // namespace

absl::StatusOr<NocMeasurement> MeasureNoc(const NocLoad& load, const NocProtocol& protocol) {
  TESSERA_RETURN_IF_ERROR(CheckNoc(load.network));
  if (!(load.load > 0 && load.load <= load.packet_flits) || load.packet_flits < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("network on chip: found load ", load.load, " in packets of ",
                     load.packet_flits, " flits; accepted: above 0, at most one packet a cycle"));
  }
  return Experiment(load, protocol).Run();
}

absl::StatusOr<double> SaturationLoad(NocLoad load, const NocProtocol& protocol) {
  constexpr double kZeroLoad = 0.01;
  constexpr double kResolution = 1.015;
  load.load = kZeroLoad;
  TESSERA_ASSIGN_OR_RETURN(const NocMeasurement idle, MeasureNoc(load, protocol));
  double below = kZeroLoad;
  double above = 1;
  while (above > kResolution * below) {
    load.load = (below + above) / 2;
    TESSERA_ASSIGN_OR_RETURN(const NocMeasurement loaded, MeasureNoc(load, protocol));
    const bool saturated = !loaded.settled || loaded.latency > 3 * idle.latency;
    (saturated ? above : below) = load.load;
  }
  return (below + above) / 2;
}

}  // namespace tessera
