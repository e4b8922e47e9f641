// A vertex of a credit network: source and target of flows if it is a chip, and forwarder of
// packets whatever it is.
//
// A packet goes out when its port is idle and the buffer of its virtual channel at the other end
// has room for all of it; its header has to be here, the rest may follow (virtual cut-through; a
// faster link waits until it would not run dry). The room that it had here goes back to the sender
// of the link that it came by once its last byte has left; credits take the link's latency and no
// bandwidth. A chip takes in what is meant for it at once.
//
// Order at a port: channels in turn, and in a channel the links that packets came by in turn, with
// the flows that start here as one more; these send a packet each in turn.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "core/engine.h"
#include "fabric/packet/credit_port.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/port_state.h"

namespace tessera {

class CreditRouter final : public Component {
 public:
  // `ports` by link; this router changes those of the links that it sends on. Their `paused` says
  // that packets wait and none fits.
  CreditRouter(PacketContext& context, std::vector<PortState>& ports, VertexId vertex);
  void OnEvent(const Event& event, Engine& engine) override;

  // One virtual channel of a link.
  struct Buffer {
    LinkId link = 0;
    int channel = 0;
  };
  // Buffers at the other ends of links from here that must get room before packets of `buffer`,
  // which is here, can go on.
  std::vector<Buffer> WaitsFor(const Buffer& buffer) const;

 private:
  void OnStart(uint32_t flow, Engine& engine);
  void OnArrival(const Event& event, Engine& engine);
  void Take(uint32_t flow, Engine& engine);
  void TrySend(LinkId link, Engine& engine);
  void Send(LinkId link, int channel, Engine& engine);
  void GiveBack(const Buffer& buffer, Bytes size, Time at, Engine& engine);
  Duration FlightOf(const Packet& packet, Bytes size) const;
  uint32_t OriginOf(LinkId link) const;
  CreditPort& QueuesOf(LinkId link) { return queues_[static_cast<size_t>(link - first_link_)]; }

  PacketContext& context_;
  std::vector<PortState>& ports_;
  ComponentId self_;
  LinkId first_link_ = 0;            // Out of this vertex.
  absl::Span<const LinkId> inputs_;  // Links into it.
  CreditPackets packets_;
  std::vector<CreditPort> queues_;  // By link out of here.
};

// Of one virtual channel of `link`.
Bytes CreditBufferOf(const PacketParams& params, const Link& link);

}  // namespace tessera
