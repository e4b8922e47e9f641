// The messages of one fabric domain. A send starts its transfer at once. Messages under one
// (source, target, tag) are told to the receiver in the order of sending, whatever order they
// arrive in.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/engine.h"
#include "core/units.h"
#include "nodes/domain_context.h"
#include "partition/program.h"

namespace tessera {

class Mailboxes {
 public:
  explicit Mailboxes(DomainContext& context) : context_(context) {}

  // `source` has sent to another rank at `sent` as `instruction` says. The receiver will hear of
  // the arrival, the sender of the delivery if it is blocking.
  void OnSend(int source, const Instruction& instruction, Time sent);

  // The fabric is done with `rank`'s part of message `slot` at `at`.
  void OnPartDone(int32_t slot, int rank, Time at, Engine& engine);
  // Message `slot` arrives at `at`.
  void OnArrived(int32_t slot, Time at, Engine& engine);

  // When the oldest message that `target` has not heard of was sent, if there is one.
  std::optional<Time> OldestSent(int target, int source, int tag) const;

 private:
  using Key = std::tuple<int, int, int>;  // Target, source, tag.
  struct Message {
    const Instruction* instruction = nullptr;
    int source = 0;
    int target = 0;
    Time sent{};
    bool arrived = false;
    int32_t open_parts = 3;  // The fabric's at both ends, and telling the receiver.
    BoundExchange exchange{};
  };

  void TellArrivals(const Key& key, Time at, Engine& engine);
  void Record(const Message& message, Time end, Engine& engine);
  void ClosePart(int32_t slot);

  DomainContext& context_;
  std::vector<Message> messages_;
  std::vector<int32_t> free_;
  absl::flat_hash_map<Key, std::vector<int32_t>> queues_;  // Not told yet, oldest first; few.
};

}  // namespace tessera
