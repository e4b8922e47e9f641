// A host of a receiver-driven network, as source and as target of flows.
//
// The source sends its first window at once and then one packet for every pull: the one that the
// pull says was trimmed, else the next new one. The target answers every packet or header
// with a pull as long as the source has something left to send, and spaces its pulls, of all flows
// together, by the time that a full packet takes on its link. A pull is one event to the source,
// since headers go ahead of data and wait at most for the packet on the wire.
#pragma once

#include <cstdint>
#include <vector>

#include "core/engine.h"
#include "core/random.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/trim_port.h"

namespace tessera {

class ReceiverDrivenHost final : public Component {
 public:
  ReceiverDrivenHost(PacketContext& context, std::vector<TrimPort>& ports, VertexId vertex);
  void OnEvent(const Event& event, Engine& engine) override;

 private:
  void OnStart(uint32_t flow, Engine& engine);
  void OnArrival(const Packet& packet, bool trimmed, Engine& engine);
  void Send(uint32_t flow, uint32_t number, Engine& engine);
  void Answer(PacketEvent what, const Packet& packet, Engine& engine);
  ComponentId self() const { return context_.ComponentOf(vertex_); }

  PacketContext& context_;
  std::vector<TrimPort>& ports_;
  VertexId vertex_;
  RandomStream random_;
  Duration pull_interval_{};
  Time next_pull_;
};

}  // namespace tessera
