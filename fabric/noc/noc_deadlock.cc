// Why a network on chip stands still: the cycle of buffers, by name.
#include <algorithm>
#include <bit>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fabric/noc/noc_network.h"
#include "fabric/wait_cycle.h"

namespace tessera {

struct NocNetwork::Channel {
  int router = 0;
  int input = 0;
};

std::string NocNetwork::LinkName(int node, int port) const {
  const auto place = [this](int n) {
    std::string text = "(";
    for (int d = 0; d < params_.dimensions(); ++d) {
      absl::StrAppend(&text, d > 0 ? "," : "", Coordinate(n, d));
    }
    return text + ")";
  };
  const int next = Neighbour(node, port);
  return absl::StrCat(place(node), " -> ", next < 0 ? "node" : place(next));
}

// The buffers at neighbours that must make room before the front of `channel` can move.
std::vector<NocNetwork::Channel> NocNetwork::WaitsFor(const Channel& channel) const {
  const NocRouter& router = routers_[static_cast<size_t>(channel.router)];
  std::vector<Channel> waits;
  for (uint64_t set = router.WaitsFor(channel.input); set != 0; set &= set - 1) {
    const int output = std::countr_zero(set);
    const int port = router.OutputPort(output);
    const int next = neighbours_[static_cast<size_t>(channel.router * ports_ + port)];
    if (next < 0) continue;
    waits.push_back({next, router.InputChannel(port ^ 1, router.OutputVc(output))});
  }
  return waits;
}

std::string NocNetwork::ChannelName(const Channel& channel) const {
  const NocRouter& router = routers_[static_cast<size_t>(channel.router)];
  const int port = router.InputPort(channel.input);
  const int upstream = neighbours_[static_cast<size_t>(channel.router * ports_ + port)];
  return absl::StrCat(
      upstream < 0 ? LinkName(channel.router, ports_ - 1) : LinkName(upstream, port ^ 1), " VC ",
      router.InputVc(channel.input));
}

std::string NocNetwork::DescribeDeadlock() const {
  const int channels = ports_ * params_.virtual_channels;
  const auto waits_for = [&](int32_t from) {
    std::vector<int32_t> to;
    for (const Channel& next : WaitsFor({from / channels, from % channels})) {
      to.push_back(next.router * channels + next.input);
    }
    return to;
  };
  const std::vector<int32_t> cycle = FindWaitCycle(params_.nodes() * channels, waits_for);
  std::string text;
  for (size_t i = 0; i < cycle.size(); ++i) {
    const int32_t next = cycle[(i + 1) % cycle.size()];
    absl::StrAppend(&text, ChannelName({cycle[i] / channels, cycle[i] % channels}),
                    " waits for room in ", ChannelName({next / channels, next % channels}), "\n");
  }
  return text;
}

}  // namespace tessera
