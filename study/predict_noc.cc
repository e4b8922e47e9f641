// Networks on a chip: latencies of one step, and cores that all move data to or from memory.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/random.h"
#include "core/status_macros.h"
#include "fabric/flow_set.h"
#include "study/prediction.h"
#include "topology/chip_noc.h"

namespace tessera {
namespace {

// Of the mean over random placements.
constexpr int kDraws = 64;
constexpr uint32_t kPlacementPurpose = 1;

// One core that moves `bytes` to or from one channel, through one of its routers.
struct Stream {
  NocPlace core;
  int channel = 0;
  NocPlace router;
};

struct Demand {
  int streams = 0;
  int channels = 0;
  Bytes bytes;
  bool writes = false;
  ChipNoc::Network network = ChipNoc::Network::kFirst;
};

std::vector<int> RouteOf(const ChipNoc& noc, const Demand& demand, const Stream& stream) {
  return demand.writes ? noc.Route(stream.core, stream.router, demand.network)
                       : noc.Route(stream.router, stream.core, demand.network);
}

// Distinct cores, every channel as often as others, any of its routers.
std::vector<Stream> RandomStreams(const ChipNoc& noc, const Demand& demand, RandomStream& random) {
  std::vector<NocPlace> cores(noc.cores().begin(), noc.cores().end());
  std::vector<int> channels(static_cast<size_t>(noc.channels()));
  for (size_t i = 0; i < channels.size(); ++i) channels[i] = static_cast<int>(i);
  random.Shuffle(absl::MakeSpan(cores));
  random.Shuffle(absl::MakeSpan(channels));
  std::vector<Stream> streams;
  for (int i = 0; i < demand.streams; ++i) {
    const int channel = channels[static_cast<size_t>(i % demand.channels)];
    const absl::Span<const NocPlace> routers = noc.RoutersOf(channel);
    streams.push_back({.core = cores[static_cast<size_t>(i)],
                       .channel = channel,
                       .router = routers[random.Below(routers.size())]});
  }
  return streams;
}

// Routers that `channel` may use: its own once it has one, else those of no other channel.
std::vector<NocPlace> RoutersLeft(const ChipNoc& noc, int channel,
                                  const std::vector<Stream>& streams) {
  const absl::Span<const NocPlace> all = noc.RoutersOf(channel);
  std::vector<NocPlace> left(all.begin(), all.end());
  for (const Stream& stream : streams) {
    if (stream.channel == channel) return {stream.router};
    if (left.size() > 1) std::erase(left, stream.router);
  }
  return left;
}

// Channels take turns; each gets the core with the shortest route to or from its router.
std::vector<Stream> AdjacentStreams(const ChipNoc& noc, const Demand& demand) {
  std::vector<NocPlace> cores(noc.cores().begin(), noc.cores().end());
  std::vector<Stream> streams;
  for (int i = 0; i < demand.streams; ++i) {
    Stream best;
    size_t best_length = SIZE_MAX;
    for (const NocPlace& router : RoutersLeft(noc, i % demand.channels, streams)) {
      for (const NocPlace& core : cores) {
        const Stream stream{.core = core, .channel = i % demand.channels, .router = router};
        const size_t length = RouteOf(noc, demand, stream).size();
        if (length >= best_length) continue;
        best = stream;
        best_length = length;
      }
    }
    std::erase(cores, best.core);
    streams.push_back(best);
  }
  return streams;
}

// Until the last stream is done.
Duration TimeOf(const ChipNoc& noc, const Demand& demand, Bandwidth channel_rate,
                const std::vector<Stream>& streams) {
  std::vector<Bandwidth> capacities(static_cast<size_t>(noc.links()), noc.payload_rate());
  capacities.insert(capacities.end(), static_cast<size_t>(noc.channels()), channel_rate);
  std::vector<LoneFlow> flows;
  for (const Stream& stream : streams) {
    LoneFlow& flow = flows.emplace_back();
    flow.bytes = demand.bytes;
    flow.route = RouteOf(noc, demand, stream);
    flow.latency = noc.Latency(flow.route);
    flow.route.push_back(noc.links() + stream.channel);
  }
  const std::vector<Time> ends = FinishTimes(capacities, flows);
  return *std::max_element(ends.begin(), ends.end()) - Time{};
}

absl::StatusOr<Demand> DemandOf(const MeasuredTask& task, const ChipNoc& noc) {
  Demand demand{.streams = static_cast<int>(task.IntegerOr("tiles", 1)),
                .channels = static_cast<int>(task.IntegerOr("dram_channels", 1)),
                .bytes = Bytes(task.IntegerOr("bytes_per_tile", 0)),
                .writes = task.TextOr("operation", "") == "dram_write",
                .network = task.IntegerOr("noc", 0) == 0 ? ChipNoc::Network::kFirst
                                                         : ChipNoc::Network::kSecond};
  if (demand.bytes == Bytes() || demand.channels < 1 || demand.channels > noc.channels() ||
      demand.streams < 1 || demand.streams > static_cast<int>(noc.cores().size())) {
    return absl::UnimplementedError(absl::StrCat("memory traffic needs its size, 1 to ",
                                                 noc.channels(), " channels and 1 to ",
                                                 noc.cores().size(), " tiles"));
  }
  return demand;
}

// All bytes over the time until the last stream is done.
absl::StatusOr<Prediction> PredictMemoryTraffic(const MeasuredTask& task, const ChipSpec& chip) {
  TESSERA_ASSIGN_OR_RETURN(const ChipNoc noc, ChipNoc::Of(*chip.noc));
  TESSERA_ASSIGN_OR_RETURN(const Demand demand, DemandOf(task, noc));
  const MemoryTierSpec& memory = chip.memory.front();
  const double achieved = demand.writes
                              ? memory.achieved_write_fraction.value_or(memory.achieved_fraction)
                              : memory.achieved_fraction;
  const Bandwidth channel_rate = memory.bandwidth.Scaled(achieved / noc.channels());
  const bool random_placement = task.TextOr("placement", "random_fair") == "random_fair";
  const int draws = random_placement ? kDraws : 1;
  RandomStream random({.run_seed = 1, .component = 0, .purpose = kPlacementPurpose});
  double rates = 0;
  for (int draw = 0; draw < draws; ++draw) {
    const std::vector<Stream> streams =
        random_placement ? RandomStreams(noc, demand, random) : AdjacentStreams(noc, demand);
    rates += static_cast<double>(demand.bytes.count()) * demand.streams /
             ToSeconds(TimeOf(noc, demand, channel_rate, streams));
  }
  return Prediction{rates / draws,
                    random_placement ? absl::StrCat("mean of ", draws, " placements") : ""};
}

}  // namespace

absl::StatusOr<Prediction> PredictNoc(const MeasurementCase& c, const Catalog& catalog) {
  TESSERA_ASSIGN_OR_RETURN(const ChipSpec chip, catalog.LoadChip(c.machine.chip));
  const std::string operation = c.task.TextOr("operation", "");
  if (!chip.noc) return absl::UnimplementedError("the chip's network is not known");
  if (operation == "dram_read" || operation == "dram_write") {
    if (c.measured.quantity == "bandwidth") return PredictMemoryTraffic(c.task, chip);
  }
  const std::optional<int> cycles = operation == "router_hop" ? chip.noc->hop_latency_cycles
                                    : operation == "interface_to_router"
                                        ? chip.noc->endpoint_latency_cycles
                                        : std::nullopt;
  if (cycles && c.measured.quantity == "latency_cycles") {
    return Prediction{static_cast<double>(*cycles), ""};
  }
  if (cycles && c.measured.quantity == "latency" && chip.noc->clock_hz) {
    return Prediction{*cycles / *chip.noc->clock_hz, ""};
  }
  return absl::UnimplementedError(
      absl::StrCat(operation, " on a chip's network is not modelled yet"));
}

}  // namespace tessera
