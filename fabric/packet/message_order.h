// Starts the messages of an exchange when those before them are over: one component a chip, which
// its host tells of messages that have arrived at it or that it knows to have arrived.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/engine.h"
#include "fabric/packet/packet_exchange.h"
#include "fabric/packet/packet_network.h"

namespace tessera {

// Error: a message that waits for one that neither starts nor ends at its source, or for a later
// one.
absl::Status CheckOrder(const PacketExchange& exchange);

class MessageOrder {
 public:
  // Adds its components to `engine`, one a chip. All that is referred to outlives this object.
  MessageOrder(const PacketExchange& exchange, const PacketPart& part, int chips,
               PacketNetwork& network, Engine& engine);

  // Lets the flows of the exchange, in its order, tell this of what somebody waits for.
  void AskForNotices(std::vector<PacketFlow>& flows) const;

 private:
  class Chip final : public Component {
   public:
    explicit Chip(MessageOrder& order) : order_(order) {}
    // The payload is the message that is over.
    void OnEvent(const Event& event, Engine& engine) override;

   private:
    MessageOrder& order_;
  };

  absl::Span<const int32_t> SuccessorsOf(size_t message) const {
    return absl::MakeConstSpan(successors_)
        .subspan(first_successor_[message],
                 first_successor_[message + 1] - first_successor_[message]);
  }
  VertexId ChipOf(ComponentId component) const {
    return static_cast<VertexId>(component - first_component_);
  }
  PacketNotice NoticeFor(VertexId chip, size_t message) const;

  const PacketExchange& exchange_;
  PacketNetwork& network_;
  ComponentId first_component_ = 0;
  std::vector<Chip> chips_;
  std::vector<size_t> first_successor_;  // Of each message, and one past the last.
  std::vector<int32_t> successors_;
  std::vector<int32_t> pending_;  // Messages before each one that are not over.
};

}  // namespace tessera
