// Point-to-point messages: a send starts its transfer at once; a receive takes the oldest message
// of its (source, tag).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/units.h"
#include "nodes/rendezvous.h"

namespace tessera {

using MessageId = int32_t;

class Mailboxes {
 public:
  explicit Mailboxes(ExecutionContext& context) : context_(context) {}

  // `source` sends to `target` as `instruction` says. Both will hear of the delivery, unless they
  // are one rank: then the message is there at once.
  MessageId Send(int source, int target, const Instruction& instruction);

  struct Delivery {
    bool over = false;       // Else a further event follows.
    bool is_source = false;  // The rank that was told is the sender.
  };
  // The fabric, or a repetition, has told `rank` of the delivery.
  Delivery OnDone(MessageId message, int rank, bool repeats_done);

  // The oldest message for `target` from `source` under `tag`, if one has been sent.
  std::optional<MessageId> Oldest(int target, int source, int tag) const;
  bool arrived(MessageId message) const { return At(message).arrived; }
  Time sent(MessageId message) const { return At(message).sent; }
  // Removes an arrived message that is the oldest of its kind.
  void Take(MessageId message);

 private:
  using Key = std::tuple<int, int, int>;  // Target, source, tag.
  struct Route {
    const PreparedPlan* prepared = nullptr;
    ExchangeId exchange = 0;
  };
  struct Message {
    const Instruction* instruction = nullptr;  // Of the sender.
    int source = 0;
    int target = 0;
    Time sent;
    MessageId next = -1;      // Sent after this one under the same key.
    int32_t open_events = 0;  // Deliveries not yet told for good.
    bool arrived = false;
    bool taken = false;
    Route route{};
  };
  struct Queue {
    MessageId oldest = -1;
    MessageId newest = -1;
  };
  Message& At(MessageId id) { return messages_[static_cast<size_t>(id)]; }
  const Message& At(MessageId id) const { return messages_[static_cast<size_t>(id)]; }
  MessageId Add(const Message& message);
  absl::StatusOr<Route> RouteOf(const Message& message);
  void FreeIfUnused(MessageId id);
  void Record(const Message& message);

  ExecutionContext& context_;
  std::vector<Message> messages_;
  std::vector<MessageId> free_;
  absl::flat_hash_map<Key, Queue> queues_;
  absl::flat_hash_map<std::tuple<int, int, int64_t>, Route> routes_;  // Source, target, bytes.
};

}  // namespace tessera
