#include "nodes/rendezvous.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "nodes/bounds.h"

namespace tessera {
namespace {

bool SameCall(const Instruction& a, const Instruction& b) {
  return a.op == b.op && a.bytes == b.bytes && a.matrix == b.matrix && a.count == b.count;
}

}  // namespace

std::string CallText(const Instruction& instruction) {
  std::string text(CollectiveOpName(instruction.op));
  absl::StrAppend(&text, " of ", instruction.bytes.count(), " bytes");
  if (instruction.matrix >= 0) absl::StrAppend(&text, " (matrix ", instruction.matrix, ")");
  if (instruction.count > 1) absl::StrAppend(&text, " ", instruction.count, " times");
  return text;
}

std::string DescribeCall(const Instruction& instruction, int64_t number) {
  return absl::StrCat(CallText(instruction), " along ", AxisName(instruction.axis), " (call ",
                      number + 1, ")");
}

void Rendezvous::OnArrive(const Arrival& arrival, Engine& engine) {
  const int32_t slot = SlotOf(arrival);
  Call& call = calls_[static_cast<size_t>(slot)];
  if (!SameCall(*call.instruction, arrival.instruction)) {
    return context_.faults.Report(
        absl::InternalError(absl::StrCat(
            "call ", arrival.number + 1, " along ", AxisName(arrival.instruction.axis), ": rank ",
            arrival.rank, " asks for ", CallText(arrival.instruction), " where rank ",
            call.first_rank, " asked for ", CallText(*call.instruction))),
        engine);
  }
  call.latest = std::max(call.latest, arrival.at);
  if (--call.missing == 0) Begin(slot);
}

int32_t Rendezvous::SlotOf(const Arrival& arrival) {
  const GroupId group = context_.plan.groups.Of(arrival.rank, arrival.instruction.axis);
  std::vector<OpenCall>& open = open_[group];
  const auto found = std::find_if(open.begin(), open.end(), [&](const OpenCall& call) {
    return call.number == arrival.number;
  });
  if (found != open.end()) return found->slot;
  if (free_.empty()) {
    free_.push_back(static_cast<int32_t>(calls_.size()));
    calls_.emplace_back();
  }
  const int32_t slot = free_.back();
  free_.pop_back();
  open.push_back({arrival.number, slot});
  const auto members = static_cast<int32_t>(context_.plan.groups.group(group).members.size());
  calls_[static_cast<size_t>(slot)] = {.group = group,
                                       .first_rank = arrival.rank,
                                       .instruction = &arrival.instruction,
                                       .number = arrival.number,
                                       .missing = members,
                                       .remaining = members};
  return slot;
}

void Rendezvous::Begin(int32_t slot) {
  Call& call = calls_[static_cast<size_t>(slot)];
  call.begun = call.latest;
  call.exchange = context_.plan.exchanges.Of(call.group, *call.instruction);
  const RankGroup& group = context_.plan.groups.group(call.group);
  std::vector<ComponentId> ports;
  ports.reserve(group.members.size());
  for (const int member : group.members) {
    ports.push_back(context_.ports[static_cast<size_t>(member)]);
  }
  const CollectivePlan& plan = call.exchange.prepared->plan;
  context_.fabric->Start({.schedule = plan.schedule.get(),
                          .endpoints = context_.EndpointsOf(call.exchange.exchange),
                          .costs = plan.costs,
                          .rank_components = ports,
                          .done_kind = static_cast<uint32_t>(DomainEvent::kCallPart),
                          .done_payload = static_cast<uint64_t>(slot),
                          .begun = call.begun});
}

void Rendezvous::OnPartDone(int32_t slot, int rank, Time at, Engine& engine) {
  Call& call = calls_[static_cast<size_t>(slot)];
  if (call.instruction->count == 1) {
    TellEnd(call, rank, at, engine);
    if (--call.remaining == 0) Close(slot, at, engine);
    return;
  }
  const std::vector<int>& members = context_.plan.groups.group(call.group).members;
  call.parts.resize(members.size());
  const auto position = std::find(members.begin(), members.end(), rank) - members.begin();
  call.parts[static_cast<size_t>(position)] = at - call.begun;
  if (--call.remaining > 0) return;
  const Time end = TellRepetitions(call, engine);
  engine.Send(context_.self, end - context_.lookahead.notice, context_.self,
              static_cast<uint32_t>(DomainEvent::kCallRepeated), static_cast<uint64_t>(slot));
}

// All members have done the first of `count` equal executions. Each further one begins when its
// last member is free, so it takes the time of the whole first one.
Time Rendezvous::TellRepetitions(const Call& call, Engine& engine) const {
  const std::vector<int>& members = context_.plan.groups.group(call.group).members;
  const Duration whole = *std::max_element(call.parts.begin(), call.parts.end());
  const Duration before = (call.instruction->count - 1) * whole;
  for (size_t i = 0; i < members.size(); ++i) {
    TellEnd(call, members[i], call.begun + before + call.parts[i], engine);
  }
  return call.begun + before + whole;
}

void Rendezvous::TellEnd(const Call& call, int rank, Time end, Engine& engine) const {
  context_.Tell(rank, end, CallKind::Pack(call.instruction->axis, call.number),
                PayloadOf(call.begun), engine);
}

void Rendezvous::Close(int32_t slot, Time end, Engine& engine) {
  Call& call = calls_[static_cast<size_t>(slot)];
  const int32_t count = call.instruction->count;
  const absl::Status bounded = CheckBound(DescribeCall(*call.instruction, call.number),
                                          end - call.begun, call.exchange.prepared->bound * count);
  if (!bounded.ok()) context_.faults.Report(bounded, engine);
  context_.traffic.Add(
      {.exchange = call.exchange.exchange, .count = count, .begin = call.begun, .end = end});
  std::erase_if(open_[call.group], [slot](const OpenCall& open) { return open.slot == slot; });
  free_.push_back(slot);
}

Time Rendezvous::Begun(GroupId group, uint32_t number) const {
  const auto open = open_.find(group);
  if (open == open_.end()) return Time::max();
  for (const OpenCall& call : open->second) {
    if (call.number == number) return calls_[static_cast<size_t>(call.slot)].begun;
  }
  return Time::max();
}

}  // namespace tessera
