#include "topology/chip_noc.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

constexpr char kTopology[] = "two_2d_tori_opposite_direction";
// Links of a router, by what they lead to.
enum RouterLink { kAlongRow, kAlongColumn, kFromInterface, kToInterface, kRouterLinks };

bool IsOn(const NocMapSpec& map, NocPlace place) {
  return place.column < map.columns && place.row < map.rows;
}

absl::Status Check(const NocSpec& spec) {
  if (spec.topology != kTopology || !spec.map || spec.packet_payload_flits == 0 ||
      !spec.bytes_per_cycle_per_link || !spec.clock_hz || !spec.hop_latency_cycles ||
      !spec.endpoint_latency_cycles) {
    return absl::UnimplementedError(
        absl::StrCat("the network on the chip cannot be simulated: its topology is not ", kTopology,
                     ", or its map, packets, widths, clock or latencies are not known"));
  }
  std::vector<NocPlace> places = spec.map->cores;
  for (const NocMemorySpec& memory : spec.map->memory) {
    if (memory.routers.empty()) {
      return absl::InvalidArgumentError("noc.map: memory channels without rows of routers");
    }
    places.insert(places.end(), memory.routers.begin(), memory.routers.end());
  }
  for (const NocPlace& place : places) {
    if (IsOn(*spec.map, place)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "noc.map: found column ", place.column, ", row ", place.row, "; accepted: columns below ",
        spec.map->columns, ", rows below ", spec.map->rows));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ChipNoc> ChipNoc::Of(const NocSpec& spec) {
  if (absl::Status status = Check(spec); !status.ok()) return status;
  ChipNoc noc(*spec.map);
  for (size_t group = 0; group < noc.map_.memory.size(); ++group) {
    noc.group_of_channel_.insert(noc.group_of_channel_.end(),
                                 static_cast<size_t>(noc.map_.memory[group].channels),
                                 static_cast<int>(group));
  }
  const double payload = spec.packet_payload_flits;
  noc.payload_rate_ = Bandwidth::BytesPerSecond(static_cast<int64_t>(
      *spec.clock_hz * *spec.bytes_per_cycle_per_link * payload / (payload + 1)));
  noc.hop_seconds_ = *spec.hop_latency_cycles / *spec.clock_hz;
  noc.endpoint_seconds_ = *spec.endpoint_latency_cycles / *spec.clock_hz;
  return noc;
}

std::vector<int> ChipNoc::Route(NocPlace from, NocPlace to, Network network) const {
  std::vector<int> route = {RouterAt(from) * kRouterLinks + kFromInterface};
  NocPlace at = from;
  const int step = network == Network::kFirst ? 1 : -1;
  const auto along_row = [&] {
    for (; at.column != to.column; at.column = (at.column + step + map_.columns) % map_.columns) {
      route.push_back(RouterAt(at) * kRouterLinks + kAlongRow);
    }
  };
  if (network == Network::kFirst) along_row();
  for (; at.row != to.row; at.row = (at.row + step + map_.rows) % map_.rows) {
    route.push_back(RouterAt(at) * kRouterLinks + kAlongColumn);
  }
  along_row();
  route.push_back(RouterAt(to) * kRouterLinks + kToInterface);
  return route;
}

Duration ChipNoc::Latency(absl::Span<const int> route) const {
  const auto hops = static_cast<double>(route.size()) - 2;
  return CeilSeconds(hops * hop_seconds_ + 2 * endpoint_seconds_);
}

}  // namespace tessera
