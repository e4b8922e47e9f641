// Routers, links and nodes of a network on chip, advanced cycle by cycle. Every node has a queue of
// packets to send, of any length, and takes what arrives at once.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/random.h"
#include "fabric/noc/noc_params.h"
#include "fabric/noc/noc_router.h"

namespace tessera {

class NocNetwork final : private NocRouter::Routes {
 public:
  // Precondition: CheckNoc(params) is OK. `seed` decides between equally long ways round a ring.
  NocNetwork(const NocParams& params, uint64_t seed);
  ~NocNetwork() override;

  struct Packet {
    int32_t source = 0;
    int32_t target = 0;
    int32_t flits = 1;
    int64_t created = 0;  // Cycle; latencies count from here.
    bool measured = false;
  };
  struct Arrival {
    Packet packet;
    int64_t cycle = 0;  // Of the tail.
    int32_t hops = 0;   // Routers passed.
  };

  // Puts a packet into the queue of its source; it may leave in the next Step.
  void Send(const Packet& packet);
  // One cycle. Appends the packets whose tail reached its node in it.
  void Step(std::vector<Arrival>& arrivals);

  int64_t cycle() const { return cycle_; }
  int64_t packets_under_way() const { return packets_under_way_; }
  // Flits that passed a router, of all routers.
  int64_t flit_hops() const { return flit_hops_; }
  // Flits that went out of `port` of the router at `node`.
  int64_t flits_sent(int node, int port) const;
  // "(1,2) -> (2,2)"; the node's own port: "(1,2) -> node".
  std::string LinkName(int node, int port) const;

  // Cycles since a flit last moved or a credit came, while packets are under way; else 0.
  int64_t cycles_at_rest() const;
  // A cycle of buffers each of which waits for room in the next one, one a line; "" if there is
  // none. Meant for when the network is at rest. Linear in its channels.
  std::string DescribeDeadlock() const;

 private:
  struct Flying;       // A flit or a credit on a wire.
  struct PacketState;  // A packet under way.
  struct Node;
  struct Channel;  // An input channel of some router.

  NocRouter::Hop Route(uint32_t packet, int input_port) override;
  NocRouter::Hop RouteOnRing(PacketState& packet, int dimension, int input_port);
  int Coordinate(int node, int dimension) const;
  int Neighbour(int node, int port) const;
  std::vector<Flying>& At(int64_t cycle);

  void Land(std::vector<Arrival>& arrivals);
  void Eject(Flit flit, std::vector<Arrival>& arrivals);
  void Inject(int node);
  bool ClaimChannel(Node& node);
  void StepRouter(int router);
  void Depart(int router, const NocRouter::Departure& departure);
  void Dispatch(int router, const NocRouter::Departure& departure);
  uint32_t NewPacket(const Packet& packet);

  std::vector<Channel> WaitsFor(const Channel& channel) const;
  std::string ChannelName(const Channel& channel) const;

  NocParams params_;
  RandomStream random_;
  int ports_;
  std::vector<NocRouter> routers_;
  std::vector<Node> nodes_;
  std::vector<int32_t> neighbours_;  // By router and port; -1: none.
  std::vector<int32_t> coordinates_;
  std::vector<PacketState> packets_;
  std::vector<uint32_t> free_packets_;
  // What lands in each of the coming cycles, by cycle modulo their number.
  std::vector<std::vector<Flying>> flying_;
  std::vector<uint64_t> active_routers_;  // Bits.
  std::vector<uint64_t> active_nodes_;    // Bits.
  std::vector<NocRouter::Departure> departures_;
  std::vector<int64_t> flits_sent_;
  int routing_ = 0;  // The router for which Route is asked.
  int64_t cycle_ = 0;
  int64_t last_motion_ = 0;
  int64_t flit_hops_ = 0;
  int64_t packets_under_way_ = 0;
};

}  // namespace tessera
