#include "fabric/noc/noc_network.h"

#include <algorithm>
#include <bit>

#include "core/check.h"

namespace tessera {
namespace {

constexpr uint32_t kTiePurpose = 1;  // Random stream of ways round a ring.
// Between a node and its router: one cycle on the wire.
constexpr int kNodeLinkCycles = 1;
// What is sent in one cycle is on the wire in the next, and seen in the one after the wire.
constexpr int kSeen = 1;

template <typename Visit>
void ForEachBit(const std::vector<uint64_t>& words, Visit visit) {
  for (size_t w = 0; w < words.size(); ++w) {
    for (uint64_t bits = words[w]; bits != 0; bits &= bits - 1) {
      visit(static_cast<int>(w) * 64 + std::countr_zero(bits));
    }
  }
}

void SetBit(std::vector<uint64_t>& words, int i) {
  words[static_cast<size_t>(i) / 64] |= uint64_t{1} << (i % 64);
}

void ClearBit(std::vector<uint64_t>& words, int i) {
  words[static_cast<size_t>(i) / 64] &= ~(uint64_t{1} << (i % 64));
}

}  // namespace

struct NocNetwork::Flying {
  enum class Kind : uint8_t { kFlit, kFlitToNode, kCredit, kCreditToNode };
  Kind kind = Kind::kFlit;
  uint8_t channel = 0;  // Input channel of a flit, output channel or VC of a credit.
  uint16_t place = 0;   // Router or node.
  Flit flit{};
};

struct NocNetwork::PacketState {
  Packet packet;
  int32_t hops = 0;
  VcRange range = VcRange::kAll;  // In the dimension in which it travels.
};

struct NocNetwork::Node {
  std::deque<Packet> queue;
  int32_t flits_left = 0;  // Of the packet that is entering the network.
  uint32_t packet = 0;
  int vc = 0;
  uint64_t free = 0;             // VCs of the router's port that are not in use.
  std::vector<uint8_t> credits;  // By VC.
};

NocNetwork::NocNetwork(const NocParams& params, uint64_t seed)
    : params_(params),
      random_({.run_seed = seed, .purpose = kTiePurpose}),
      ports_(params.ports()),
      routers_(static_cast<size_t>(params.nodes()), NocRouter(params)),
      nodes_(static_cast<size_t>(params.nodes())),
      active_routers_((nodes_.size() + 63) / 64),
      active_nodes_(active_routers_.size()),
      flits_sent_(nodes_.size() * static_cast<size_t>(ports_)) {
  TESSERA_CHECK(CheckNoc(params).ok());
  const int slowest = std::max(params.link_cycles, kNodeLinkCycles);
  flying_.resize(static_cast<size_t>(params.crossbar_cycles + 2 * (slowest + kSeen) +
                                     params.credit_cycles + 1));
  for (Node& node : nodes_) {
    node.free = (uint64_t{1} << params.virtual_channels) - 1;
    node.credits.assign(static_cast<size_t>(params.virtual_channels),
                        static_cast<uint8_t>(params.buffer_flits));
  }
  for (int node = 0; node < params.nodes(); ++node) {
    for (int d = 0, stride = 1; d < params.dimensions(); ++d) {
      const int extent = params.extents[static_cast<size_t>(d)];
      coordinates_.push_back(node / stride % extent);
      stride *= extent;
    }
    for (int port = 0; port < ports_; ++port) neighbours_.push_back(Neighbour(node, port));
  }
}

NocNetwork::~NocNetwork() = default;

int NocNetwork::Coordinate(int node, int dimension) const {
  return coordinates_[static_cast<size_t>(node * params_.dimensions() + dimension)];
}

int NocNetwork::Neighbour(int node, int port) const {
  if (port == ports_ - 1) return -1;
  const int dimension = port / 2;
  int stride = 1;
  for (int d = 0; d < dimension; ++d) stride *= params_.extents[static_cast<size_t>(d)];
  const int extent = params_.extents[static_cast<size_t>(dimension)];
  const int at = Coordinate(node, dimension);
  const int next = port % 2 == 0 ? at + 1 : at - 1;
  if (!params_.wraps && (next < 0 || next >= extent)) return -1;
  return node + ((next + extent) % extent - at) * stride;
}

std::vector<NocNetwork::Flying>& NocNetwork::At(int64_t cycle) {
  return flying_[static_cast<size_t>(cycle) % flying_.size()];
}

// Dimension order: the first dimension in which the packet is not where it goes.
NocRouter::Hop NocNetwork::Route(uint32_t packet, int input_port) {
  PacketState& state = packets_[packet];
  for (int d = 0; d < params_.dimensions(); ++d) {
    const int here = Coordinate(routing_, d);
    const int there = Coordinate(state.packet.target, d);
    if (here == there) continue;
    if (params_.wraps) return RouteOnRing(state, d, input_port);
    return {.port = 2 * d + (there > here ? 0 : 1)};
  }
  return {.port = ports_ - 1};
}

// A packet decides where it enters a ring, and keeps to it: the shorter way, and by which half of
// the VCs. Those that wrap upwards and those that do not wrap downwards take the upper half.
NocRouter::Hop NocNetwork::RouteOnRing(PacketState& state, int dimension, int input_port) {
  const bool travels = input_port / 2 == dimension && input_port < 2 * params_.dimensions();
  if (travels) return {.port = input_port ^ 1, .range = state.range};
  const int extent = params_.extents[static_cast<size_t>(dimension)];
  const int here = Coordinate(routing_, dimension);
  const int there = Coordinate(state.packet.target, dimension);
  const int up = (there - here + extent) % extent;
  const bool tie = 2 * up == extent;
  const bool down = tie ? random_.Below(2) == 1 : 2 * up > extent;
  if (params_.datelines) state.range = there < here ? VcRange::kUpper : VcRange::kLower;
  return {.port = 2 * dimension + (down ? 1 : 0), .range = state.range};
}

void NocNetwork::Send(const Packet& packet) {
  TESSERA_CHECK(packet.flits >= 1);
  nodes_[static_cast<size_t>(packet.source)].queue.push_back(packet);
  SetBit(active_nodes_, packet.source);
  ++packets_under_way_;
}

void NocNetwork::Step(std::vector<Arrival>& arrivals) {
  Land(arrivals);
  ForEachBit(active_nodes_, [this](int node) { Inject(node); });
  ForEachBit(active_routers_, [this](int router) { StepRouter(router); });
  ++cycle_;
}

void NocNetwork::Land(std::vector<Arrival>& arrivals) {
  std::vector<Flying>& landing = At(cycle_);
  if (!landing.empty()) last_motion_ = cycle_;
  for (const Flying& flying : landing) {
    switch (flying.kind) {
      case Flying::Kind::kFlit:
        routing_ = flying.place;
        routers_[flying.place].Arrive(flying.channel, flying.flit, *this);
        SetBit(active_routers_, flying.place);
        break;
      case Flying::Kind::kFlitToNode:
        Eject(flying.flit, arrivals);
        break;
      case Flying::Kind::kCredit:
        routers_[flying.place].TakeCredit(flying.channel);
        SetBit(active_routers_, flying.place);
        break;
      case Flying::Kind::kCreditToNode:
        ++nodes_[flying.place].credits[flying.channel];
        break;
    }
  }
  landing.clear();
}

void NocNetwork::Eject(Flit flit, std::vector<Arrival>& arrivals) {
  if (!flit.tail) return;
  const PacketState& state = packets_[flit.packet];
  arrivals.push_back({.packet = state.packet, .cycle = cycle_, .hops = state.hops});
  free_packets_.push_back(flit.packet);
  --packets_under_way_;
}

uint32_t NocNetwork::NewPacket(const Packet& packet) {
  if (free_packets_.empty()) {
    free_packets_.push_back(static_cast<uint32_t>(packets_.size()));
    packets_.emplace_back();
  }
  const uint32_t number = free_packets_.back();
  free_packets_.pop_back();
  packets_[number] = {.packet = packet};
  return number;
}

// The next VC, in turn, that is free and has room; false if there is none.
bool NocNetwork::ClaimChannel(Node& node) {
  for (int i = 1; i <= params_.virtual_channels; ++i) {
    const int vc = (node.vc + i) % params_.virtual_channels;
    const bool is_free = (node.free >> vc & 1) != 0;
    if (!is_free || node.credits[static_cast<size_t>(vc)] == 0) continue;
    node.vc = vc;
    node.free &= ~(uint64_t{1} << vc);
    return true;
  }
  return false;
}

// Sends one flit of the node into its router, if it can.
void NocNetwork::Inject(int number) {
  Node& node = nodes_[static_cast<size_t>(number)];
  const bool head = node.flits_left == 0;
  if (head) {
    if (!ClaimChannel(node)) return;
    node.packet = NewPacket(node.queue.front());
    node.flits_left = node.queue.front().flits;
    node.queue.pop_front();
  }
  uint8_t& credits = node.credits[static_cast<size_t>(node.vc)];
  if (credits == 0) return;
  --credits;
  const bool tail = --node.flits_left == 0;
  if (tail) {
    node.free |= uint64_t{1} << node.vc;
    if (node.queue.empty()) ClearBit(active_nodes_, number);
  }
  const int input = routers_.front().InputChannel(ports_ - 1, node.vc);
  At(cycle_ + kNodeLinkCycles + kSeen)
      .push_back({.kind = Flying::Kind::kFlit,
                  .channel = static_cast<uint8_t>(input),
                  .place = static_cast<uint16_t>(number),
                  .flit = {.packet = node.packet, .head = head, .tail = tail}});
}

void NocNetwork::StepRouter(int number) {
  NocRouter& router = routers_[static_cast<size_t>(number)];
  routing_ = number;
  departures_.clear();
  router.Allocate(*this, departures_);
  for (const NocRouter::Departure& departure : departures_) Depart(number, departure);
  if (!router.active()) ClearBit(active_routers_, number);
}

// The flit leaves the buffer: a credit goes back to whoever sent it, and the flit on its way.
void NocNetwork::Depart(int number, const NocRouter::Departure& departure) {
  const NocRouter& router = routers_[static_cast<size_t>(number)];
  ++flit_hops_;
  if (departure.flit.head) ++packets_[departure.flit.packet].hops;
  const int port = router.InputPort(departure.input);
  const int vc = router.InputVc(departure.input);
  const int upstream = neighbours_[static_cast<size_t>(number * ports_ + port)];
  if (upstream < 0) {
    At(cycle_ + kNodeLinkCycles + kSeen)
        .push_back({.kind = Flying::Kind::kCreditToNode,
                    .channel = static_cast<uint8_t>(vc),
                    .place = static_cast<uint16_t>(number)});
  } else {
    At(cycle_ + params_.link_cycles + kSeen + params_.credit_cycles)
        .push_back({.kind = Flying::Kind::kCredit,
                    .channel = static_cast<uint8_t>(router.OutputChannel(port ^ 1, vc)),
                    .place = static_cast<uint16_t>(upstream)});
  }
  Dispatch(number, departure);
}

void NocNetwork::Dispatch(int number, const NocRouter::Departure& departure) {
  const NocRouter& router = routers_[static_cast<size_t>(number)];
  const int port = router.OutputPort(departure.output);
  ++flits_sent_[static_cast<size_t>(number * ports_ + port)];
  const int downstream = neighbours_[static_cast<size_t>(number * ports_ + port)];
  if (downstream >= 0) {
    const int input = router.InputChannel(port ^ 1, router.OutputVc(departure.output));
    At(cycle_ + params_.crossbar_cycles + params_.link_cycles + kSeen)
        .push_back({.kind = Flying::Kind::kFlit,
                    .channel = static_cast<uint8_t>(input),
                    .place = static_cast<uint16_t>(downstream),
                    .flit = departure.flit});
    return;
  }
  const int64_t at_node = cycle_ + params_.crossbar_cycles + kNodeLinkCycles + kSeen;
  At(at_node).push_back({.kind = Flying::Kind::kFlitToNode, .flit = departure.flit});
  At(at_node + kNodeLinkCycles + kSeen + params_.credit_cycles)
      .push_back({.kind = Flying::Kind::kCredit,
                  .channel = static_cast<uint8_t>(departure.output),
                  .place = static_cast<uint16_t>(number)});
}

int64_t NocNetwork::flits_sent(int node, int port) const {
  return flits_sent_[static_cast<size_t>(node * ports_ + port)];
}

int64_t NocNetwork::cycles_at_rest() const {
  return packets_under_way_ == 0 ? 0 : cycle_ - last_motion_;
}

}  // namespace tessera
