#include "nodes/mailboxes.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "nodes/bounds.h"
#include "nodes/chip_event.h"

namespace tessera {

MessageId Mailboxes::Add(const Message& message) {
  if (free_.empty()) {
    free_.push_back(static_cast<MessageId>(messages_.size()));
    messages_.emplace_back();
  }
  const MessageId id = free_.back();
  free_.pop_back();
  At(id) = message;
  Queue& queue = queues_[Key(message.target, message.source, message.instruction->tag)];
  if (queue.newest >= 0) {
    At(queue.newest).next = id;
  } else {
    queue.oldest = id;
  }
  queue.newest = id;
  return id;
}

MessageId Mailboxes::Send(int source, int target, const Instruction& instruction) {
  const bool local = source == target;
  const MessageId id = Add({.instruction = &instruction,
                            .source = source,
                            .target = target,
                            .sent = context_.engine.now(),
                            .open_events = local ? 0 : 2,
                            .arrived = local});
  if (local) return id;
  const auto route = RouteOf(At(id));
  if (!route.ok()) {
    context_.faults.Report(route.status(), context_.engine);
    return id;
  }
  At(id).route = *route;
  const std::array<ComponentId, 2> components = {context_.components[static_cast<size_t>(source)],
                                                 context_.components[static_cast<size_t>(target)]};
  context_.fabric.Start({.schedule = route->prepared->plan.schedule.get(),
                         .endpoints = context_.traffic.exchange(route->exchange).endpoints,
                         .costs = route->prepared->plan.costs,
                         .rank_components = components,
                         .done_kind = static_cast<uint32_t>(ChipEvent::kMessageDone),
                         .done_payload = static_cast<uint64_t>(id)});
  return id;
}

absl::StatusOr<Mailboxes::Route> Mailboxes::RouteOf(const Message& message) {
  const Bytes bytes = message.instruction->bytes;
  const std::tuple<int, int, int64_t> key(message.source, message.target, bytes.count());
  const auto found = routes_.find(key);
  if (found != routes_.end()) return found->second;
  const std::array<ChipId, 2> chips = {context_.ChipOf(message.source),
                                       context_.ChipOf(message.target)};
  Route route;
  TESSERA_ASSIGN_OR_RETURN(
      route.prepared, context_.plans.Get({.op = CollectiveOp::kSendRecv, .bytes = bytes}, chips));
  route.exchange =
      context_.traffic.Register({.op = CollectiveOp::kSendRecv,
                                 .axis = message.instruction->axis,
                                 .ranks = 2,
                                 .bytes = bytes,
                                 .algorithm = route.prepared->plan.algorithm,
                                 .schedule = route.prepared->plan.schedule,
                                 .endpoints = context_.plans.EndpointsOf(*route.prepared, chips)});
  routes_.emplace(key, route);
  return route;
}

// Of `count` equal executions, each after the one before, the fabric has executed the first; the
// others take as long.
Mailboxes::Delivery Mailboxes::OnDone(MessageId id, int rank, bool repeats_done) {
  Message& message = At(id);
  const bool is_source = rank == message.source;
  const int64_t others = repeats_done ? 0 : message.instruction->count - 1;
  if (others > 0) {
    const ComponentId self = context_.components[static_cast<size_t>(rank)];
    const Time now = context_.engine.now();
    context_.engine.Send(self, now + others * (now - message.sent), self,
                         static_cast<uint32_t>(ChipEvent::kMessageDone),
                         static_cast<uint64_t>(id) | kRepeatsDone);
    return {.over = false, .is_source = is_source};
  }
  --message.open_events;
  if (!is_source) {
    message.arrived = true;
    Record(message);
  }
  FreeIfUnused(id);
  return {.over = true, .is_source = is_source};
}

void Mailboxes::Record(const Message& message) {
  const Time end = context_.engine.now();
  const int32_t count = message.instruction->count;
  const absl::Status bounded =
      CheckBound(absl::StrCat("message from rank ", message.source, " to rank ", message.target),
                 end - message.sent, message.route.prepared->bound * count);
  if (!bounded.ok()) context_.faults.Report(bounded, context_.engine);
  context_.traffic.Add(
      {.exchange = message.route.exchange, .count = count, .begin = message.sent, .end = end});
}

std::optional<MessageId> Mailboxes::Oldest(int target, int source, int tag) const {
  const auto queue = queues_.find(Key(target, source, tag));
  if (queue == queues_.end()) return std::nullopt;
  return queue->second.oldest;
}

void Mailboxes::Take(MessageId id) {
  Message& message = At(id);
  const auto queue = queues_.find(Key(message.target, message.source, message.instruction->tag));
  TESSERA_CHECK(message.arrived && queue->second.oldest == id);
  if (message.next < 0) {
    queues_.erase(queue);
  } else {
    queue->second.oldest = message.next;
  }
  message.taken = true;
  FreeIfUnused(id);
}

void Mailboxes::FreeIfUnused(MessageId id) {
  if (At(id).taken && At(id).open_events == 0) free_.push_back(id);
}

}  // namespace tessera
