// A switch that loses nothing: what it holds from a link is counted, and the sender of that link is
// paused in time. Marks packets that meet a long queue (ECN).
//
// Simplification: a pause takes a header's time on the wire and the link's latency; it does not
// wait for the packet that the link carries in its direction at the moment.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "core/engine.h"
#include "core/random.h"
#include "fabric/packet/lossless_port.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/port_state.h"

namespace tessera {

class LosslessSwitch final : public Component {
 public:
  // `ports` by link; this switch changes those of the links that it sends on.
  LosslessSwitch(const PacketContext& context, std::vector<PortState>& ports, VertexId vertex);
  void OnEvent(const Event& event, Engine& engine) override;

  // Links that this switch sends on and that cannot go on because `link`, which ends here, filled
  // up with packets for them while they are paused.
  std::vector<LinkId> BlockedBehind(LinkId link) const;

 private:
  struct Input {
    Bytes held;
    bool paused = false;  // Its sender has been told to wait.
  };

  size_t InputOf(LinkId link) const;
  void OnArrival(const Event& event, Engine& engine);
  void TrySend(LinkId link, Engine& engine);
  void SendFront(LinkId link, Engine& engine);
  void Release(size_t input, Bytes size, Engine& engine);
  void Tell(PacketEvent what, LinkId link, Engine& engine);
  bool Marks(const PortState& port);

  const PacketContext& context_;
  std::vector<PortState>& ports_;
  VertexId vertex_;
  ComponentId self_;
  LinkId first_link_ = 0;            // Out of this switch.
  absl::Span<const LinkId> inputs_;  // Links into it.
  std::vector<LosslessPort> queues_;
  std::vector<Input> held_;
  RandomStream random_;
};

}  // namespace tessera
