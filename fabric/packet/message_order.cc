#include "fabric/packet/message_order.h"

#include "absl/strings/str_cat.h"

namespace tessera {

absl::Status CheckOrder(const PacketExchange& exchange) {
  for (size_t m = 0; m < exchange.messages.size(); ++m) {
    const PacketMessage& message = exchange.messages[m];
    for (const int32_t before : exchange.PredecessorsOf(message)) {
      const auto b = static_cast<size_t>(before);
      if (before < 0 || b >= m) {
        return absl::InvalidArgumentError(
            absl::StrCat("message ", m, " waits for message ", before, ", which is not before it"));
      }
      const PacketMessage& other = exchange.messages[b];
      if (other.source == message.source || other.target == message.source) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "message ", m, " of chip ", message.source, " waits for message ", before, " from chip ",
          other.source, " to chip ", other.target, ": its source does not know when that is over"));
    }
  }
  return absl::OkStatus();
}

MessageOrder::MessageOrder(const PacketExchange& exchange, const PacketPart& part, int chips,
                           PacketNetwork& network, Engine& engine)
    : exchange_(exchange),
      network_(network),
      first_component_(engine.components()),
      chips_(static_cast<size_t>(chips), Chip(*this)),
      first_successor_(exchange.messages.size() + 1),
      successors_(exchange.predecessors.size()) {
  for (VertexId chip = 0; chip < chips; ++chip) {
    if (part.Has(chip)) {
      engine.Add(chips_[static_cast<size_t>(chip)]);
    } else {
      engine.AddRemote(1);
    }
  }
  for (const int32_t before : exchange.predecessors) {
    ++first_successor_[static_cast<size_t>(before) + 1];
  }
  for (size_t m = 0; m < exchange.messages.size(); ++m) {
    first_successor_[m + 1] += first_successor_[m];
  }
  std::vector<size_t> next = first_successor_;
  for (size_t m = 0; m < exchange.messages.size(); ++m) {
    const PacketMessage& message = exchange.messages[m];
    pending_.push_back(message.predecessor_count);
    for (const int32_t before : exchange.PredecessorsOf(message)) {
      successors_[next[static_cast<size_t>(before)]++] = static_cast<int32_t>(m);
    }
  }
}

PacketNotice MessageOrder::NoticeFor(VertexId chip, size_t message) const {
  for (const int32_t successor : SuccessorsOf(message)) {
    if (exchange_.messages[static_cast<size_t>(successor)].source != chip) continue;
    return {.wanted = true,
            .component = first_component_ + static_cast<ComponentId>(chip),
            .payload = message};
  }
  return {};
}

void MessageOrder::AskForNotices(std::vector<PacketFlow>& flows) const {
  for (size_t m = 0; m < flows.size(); ++m) {
    flows[m].arrived = NoticeFor(flows[m].target, m);
    flows[m].known = NoticeFor(flows[m].source, m);
  }
}

void MessageOrder::Chip::OnEvent(const Event& event, Engine& engine) {
  const VertexId self = order_.ChipOf(event.target);
  for (const int32_t successor : order_.SuccessorsOf(event.payload)) {
    const PacketMessage& message = order_.exchange_.messages[static_cast<size_t>(successor)];
    if (message.source != self) continue;
    if (--order_.pending_[static_cast<size_t>(successor)] > 0) continue;
    order_.network_.Begin(static_cast<uint32_t>(successor), engine.now() + message.delay,
                          event.target);
  }
}

}  // namespace tessera
