// A host of a lossless network. As source it sends the packets of its flows in turn, at line rate
// or as DCQCN allows, unless its link is paused. As target it tells the source when everything has
// arrived and, with DCQCN, at intervals that marked packets arrive.
#pragma once

#include <memory>
#include <vector>

#include "absl/container/btree_map.h"
#include "core/engine.h"
#include "core/random.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/packet_event.h"
#include "fabric/packet/port_state.h"
#include "fabric/packet/rate_control.h"

namespace tessera {

class LosslessHost final : public Component {
 public:
  // `ports` by link; this host changes those of the links that it sends on.
  LosslessHost(PacketContext& context, std::vector<PortState>& ports, VertexId vertex);
  void OnEvent(const Event& event, Engine& engine) override;

  // Flows from here that have packets to send.
  size_t unsent() const { return sending_.size(); }

 private:
  struct Sending {
    uint32_t flow = 0;
    Time allowed{};  // Not earlier, by its rate.
  };
  struct Rate {
    RateControl control;
    Time last_notice{};  // Rounds of the timer count from here.
    bool ticking = false;
  };

  void OnStart(uint32_t flow, Engine& engine);
  void OnArrival(const Event& event, Engine& engine);
  void OnNotice(uint32_t flow, Engine& engine);
  void OnTimer(uint32_t flow, Engine& engine);
  void TrySend(Engine& engine);
  bool SendOne(size_t turn, Engine& engine);
  void Wake(Time at, Engine& engine);
  void Answer(PacketEvent what, uint32_t flow, Engine& engine);
  void StartTimer(uint32_t flow, Engine& engine);
  Duration PaceOf(uint32_t flow, Bytes size);

  PacketContext& context_;
  std::vector<PortState>& ports_;
  VertexId vertex_;
  ComponentId self_;
  std::vector<Sending> sending_;
  size_t turn_ = 0;
  Time wake_;
  absl::btree_map<uint32_t, Rate> rates_;        // Of flows from here.
  absl::btree_map<uint32_t, Time> last_notice_;  // Of flows to here.
  RandomStream random_;
};

}  // namespace tessera
