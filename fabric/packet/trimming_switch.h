// A switch of a receiver-driven network: stores, forwards and trims.
#pragma once

#include <vector>

#include "core/engine.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/trim_port.h"

namespace tessera {

// Sends a packet, or its header where the queue is full, over `link`, whose sender is `self`.
struct TrimHop {
  ComponentId self = 0;
  LinkId link = 0;
  bool is_header = false;
};
void SendTrimming(const PacketContext& context, std::vector<TrimPort>& ports, const TrimHop& hop,
                  const Packet& packet, Engine& engine);

class TrimmingSwitch final : public Component {
 public:
  // `ports` by link.
  TrimmingSwitch(const PacketContext& context, std::vector<TrimPort>& ports, VertexId vertex)
      : context_(context), ports_(ports), vertex_(vertex) {}
  void OnEvent(const Event& event, Engine& engine) override;

 private:
  const PacketContext& context_;
  std::vector<TrimPort>& ports_;
  VertexId vertex_;
};

}  // namespace tessera
