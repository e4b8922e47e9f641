#include "nodes/mailboxes.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "nodes/bounds.h"

namespace tessera {

void Mailboxes::OnSend(int source, const Instruction& instruction, Time sent) {
  if (free_.empty()) {
    free_.push_back(static_cast<int32_t>(messages_.size()));
    messages_.emplace_back();
  }
  const int32_t slot = free_.back();
  free_.pop_back();
  const int target = context_.plan.ranks.AtStage(source, instruction.peer);
  Message& message = messages_[static_cast<size_t>(slot)];
  message = {.instruction = &instruction,
             .source = source,
             .target = target,
             .sent = sent,
             .exchange = context_.plan.exchanges.OfMessage(source, target, instruction.bytes)};
  queues_[Key(target, source, instruction.tag)].push_back(slot);
  const std::array<ComponentId, 2> ports = {context_.ports[static_cast<size_t>(source)],
                                            context_.ports[static_cast<size_t>(target)]};
  const CollectivePlan& plan = message.exchange.prepared->plan;
  context_.fabric->Start({.schedule = plan.schedule.get(),
                          .endpoints = context_.EndpointsOf(message.exchange.exchange),
                          .costs = plan.costs,
                          .rank_components = ports,
                          .done_kind = static_cast<uint32_t>(DomainEvent::kMessagePart),
                          .done_payload = static_cast<uint64_t>(slot),
                          .begun = sent});
}

// Of `count` equal executions, each after the one before, the fabric has executed the first; the
// others take as long.
void Mailboxes::OnPartDone(int32_t slot, int rank, Time at, Engine& engine) {
  const Message& message = messages_[static_cast<size_t>(slot)];
  const int64_t others = message.instruction->count - 1;
  const Time end = at + others * (at - message.sent);
  if (rank == message.source && message.instruction->blocking) {
    context_.Tell(message.source, end, static_cast<uint32_t>(ChipEvent::kMessageSent), 0, engine);
  }
  if (rank == message.target && others == 0) OnArrived(slot, at, engine);
  if (rank == message.target && others > 0) {
    engine.Send(context_.self, end - context_.lookahead.notice, context_.self,
                static_cast<uint32_t>(DomainEvent::kMessageRepeated), static_cast<uint64_t>(slot));
  }
  ClosePart(slot);
}

void Mailboxes::OnArrived(int32_t slot, Time at, Engine& engine) {
  Message& message = messages_[static_cast<size_t>(slot)];
  message.arrived = true;
  Record(message, at, engine);
  TellArrivals(Key(message.target, message.source, message.instruction->tag), at, engine);
}

void Mailboxes::TellArrivals(const Key& key, Time at, Engine& engine) {
  const auto queue = queues_.find(key);
  std::vector<int32_t>& waiting = queue->second;
  while (!waiting.empty() && messages_[static_cast<size_t>(waiting.front())].arrived) {
    const int32_t slot = waiting.front();
    const Message& message = messages_[static_cast<size_t>(slot)];
    const int stage = context_.plan.ranks.StageOf(message.source);
    const int32_t channel =
        context_.plan.ProgramOf(message.target).ChannelOf(stage, message.instruction->tag);
    if (channel >= 0) {
      context_.Tell(message.target, at, ChannelKind::Pack(channel), PayloadOf(message.sent),
                    engine);
    }
    waiting.erase(waiting.begin());
    ClosePart(slot);
  }
  if (waiting.empty()) queues_.erase(queue);
}

void Mailboxes::ClosePart(int32_t slot) {
  if (--messages_[static_cast<size_t>(slot)].open_parts == 0) free_.push_back(slot);
}

void Mailboxes::Record(const Message& message, Time end, Engine& engine) {
  const int32_t count = message.instruction->count;
  const absl::Status bounded =
      CheckBound(absl::StrCat("message from rank ", message.source, " to rank ", message.target),
                 end - message.sent, message.exchange.prepared->bound * count);
  if (!bounded.ok()) context_.faults.Report(bounded, engine);
  context_.traffic.Add(
      {.exchange = message.exchange.exchange, .count = count, .begin = message.sent, .end = end});
}

std::optional<Time> Mailboxes::OldestSent(int target, int source, int tag) const {
  const auto queue = queues_.find(Key(target, source, tag));
  if (queue == queues_.end()) return std::nullopt;
  return messages_[static_cast<size_t>(queue->second.front())].sent;
}

}  // namespace tessera
