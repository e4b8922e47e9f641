// What the packet networks have in common: flows and what is known of them. They differ in their
// components and ports.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/check.h"
#include "core/engine.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/packet_network.h"

namespace tessera {

class NetworkBase : public PacketNetwork, public Component {
 public:
  NetworkBase(Engine& engine, const Topology& topology, const PacketParams& params,
              const PacketPart& part);

  absl::StatusOr<uint32_t> Add(const PacketFlow& flow) override;
  int32_t PathOf(absl::Span<const LinkId> route) const override;
  void Begin(uint32_t flow, Time at, ComponentId sender) override;
  PacketFlowResult ResultOf(uint32_t flow) const override;
  std::string DescribeUnfinished() const override;
  void OnEvent(const Event& event, Engine& engine) override;

 protected:
  // A cycle of what waits for one another, by name; "" if there is none.
  virtual std::string DescribeDeadlock() const { return ""; }

  // Makes the component of the next vertex, unless another partition runs it: then it stays null.
  template <typename Member, typename Port>
  void AddVertex(std::vector<Port>& ports, std::unique_ptr<Member>& member, VertexId vertex) {
    if (!part_.Has(vertex)) {
      engine_.AddRemote(1);
      return;
    }
    member = std::make_unique<Member>(context_, ports, vertex);
    TESSERA_CHECK(engine_.Add(*member) == context_.ComponentOf(vertex));
  }
  template <typename Host, typename Switch, typename Port>
  void AddComponents(std::vector<Port>& ports, std::vector<std::unique_ptr<Host>>& hosts,
                     std::vector<std::unique_ptr<Switch>>& switches) {
    for (VertexId v = 0; v < static_cast<VertexId>(context_.topology.vertices().size()); ++v) {
      if (v < context_.topology.chips()) {
        AddVertex(ports, hosts.emplace_back(), v);
      } else {
        AddVertex(ports, switches.emplace_back(), v);
      }
    }
  }

  Bytes FullPacket() const { return context_.params.payload + context_.params.header; }

  Engine& engine_;
  PacketContext context_;

 private:
  const std::string& NameOf(VertexId vertex) const {
    return context_.topology.vertices()[static_cast<size_t>(vertex)].name;
  }

  const PacketPart part_;
  ComponentId self_;
};

}  // namespace tessera
