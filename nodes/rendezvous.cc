#include "nodes/rendezvous.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/bounds.h"
#include "nodes/chip_event.h"

namespace tessera {
namespace {

bool SameCall(const Instruction& a, const Instruction& b) {
  return a.op == b.op && a.bytes == b.bytes && a.matrix == b.matrix && a.count == b.count;
}

std::string CallText(const Instruction& instruction) {
  std::string text(CollectiveOpName(instruction.op));
  absl::StrAppend(&text, " of ", instruction.bytes.count(), " bytes");
  if (instruction.matrix >= 0) absl::StrAppend(&text, " (matrix ", instruction.matrix, ")");
  if (instruction.count > 1) absl::StrAppend(&text, " ", instruction.count, " times");
  return text;
}

Bytes MeanOverSources(absl::Span<const Bytes> matrix, size_t sources) {
  Bytes sum;
  for (const Bytes bytes : matrix) sum += bytes;
  return Bytes(sum.count() / static_cast<int64_t>(sources));
}

}  // namespace

void Communicators::Form(absl::Span<const Axis> axes) {
  const int ranks = context_.ranks.ranks();
  for (const Axis axis : axes) {
    communicator_of_[static_cast<size_t>(axis)].assign(static_cast<size_t>(ranks), -1);
    for (int rank = 0; rank < ranks; ++rank) {
      if (CommunicatorOf(rank, axis) >= 0) continue;
      const auto id = static_cast<int32_t>(communicators_.size());
      Communicator& communicator = communicators_.emplace_back();
      communicator.axis = axis;
      communicator.members = context_.ranks.Group(rank, axis);
      for (const int member : communicator.members) {
        communicator.chips.push_back(context_.ChipOf(member));
        communicator.components.push_back(context_.components[static_cast<size_t>(member)]);
        CommunicatorOf(member, axis) = id;
      }
    }
  }
}

absl::Span<const int> Communicators::Group(int rank, Axis axis) const {
  const int32_t id = communicator_of_[static_cast<size_t>(axis)][static_cast<size_t>(rank)];
  return communicators_[static_cast<size_t>(id)].members;
}

CallId Communicators::Arrive(int rank, const Instruction& instruction, int64_t number) {
  const int32_t id = CommunicatorOf(rank, instruction.axis);
  std::vector<OpenCall>& gathering = communicators_[static_cast<size_t>(id)].gathering;
  const auto open = std::find_if(gathering.begin(), gathering.end(),
                                 [number](const OpenCall& c) { return c.number == number; });
  const CallId call_id = open != gathering.end() ? open->call : Open(id, instruction, number);
  Call& call = calls_[static_cast<size_t>(call_id)];
  if (call.first_rank < 0) call.first_rank = rank;
  if (!SameCall(*call.instruction, instruction)) {
    context_.faults.Report(absl::InternalError(absl::StrCat(
                               "call ", number + 1, " along ", AxisName(instruction.axis),
                               ": rank ", rank, " asks for ", CallText(instruction), " where rank ",
                               call.first_rank, " asked for ", CallText(*call.instruction))),
                           context_.engine);
    return call_id;
  }
  if (--call.missing == 0) Begin(call_id);
  return call_id;
}

CallId Communicators::Open(int32_t communicator, const Instruction& instruction, int64_t number) {
  if (free_.empty()) {
    free_.push_back(static_cast<CallId>(calls_.size()));
    calls_.emplace_back();
  }
  const CallId id = free_.back();
  free_.pop_back();
  Communicator& group = communicators_[static_cast<size_t>(communicator)];
  const auto members = static_cast<int32_t>(group.members.size());
  Call& call = calls_[static_cast<size_t>(id)];
  call.communicator = communicator;
  call.first_rank = -1;
  call.instruction = &instruction;
  call.number = number;
  call.missing = members;
  call.remaining = members;
  call.begun = Time::max();
  call.parts.clear();
  group.gathering.push_back({number, id});
  return id;
}

void Communicators::Begin(CallId id) {
  Call& call = calls_[static_cast<size_t>(id)];
  Communicator& communicator = communicators_[static_cast<size_t>(call.communicator)];
  auto& gathering = communicator.gathering;
  gathering.erase(std::find_if(gathering.begin(), gathering.end(),
                               [id](const OpenCall& open) { return open.call == id; }));
  call.begun = context_.engine.now();
  const auto plan = PlanOf(communicator, *call.instruction);
  if (!plan.ok()) return context_.faults.Report(plan.status(), context_.engine);
  call.plan = *plan;
  context_.fabric.Start({.schedule = plan->prepared->plan.schedule.get(),
                         .endpoints = context_.traffic.exchange(plan->exchange).endpoints,
                         .costs = plan->prepared->plan.costs,
                         .rank_components = communicator.components,
                         .done_kind = static_cast<uint32_t>(ChipEvent::kCallDone),
                         .done_payload = static_cast<uint64_t>(id)});
}

absl::StatusOr<Communicators::BoundPlan> Communicators::PlanOf(Communicator& communicator,
                                                               const Instruction& instruction) {
  const bool by_matrix = instruction.op == CollectiveOp::kAllToAllV;
  const PlanKey key(instruction.op, by_matrix ? 0 : instruction.bytes.count(), instruction.matrix);
  const auto found = communicator.plans.find(key);
  if (found != communicator.plans.end()) return found->second;
  const int fold = std::max(1, context_.fold[static_cast<size_t>(communicator.axis)]);
  PlanCache::Call call{.op = instruction.op, .bytes = instruction.bytes, .fold = fold};
  if (by_matrix) {
    call.matrix = context_.programs.matrices[static_cast<size_t>(instruction.matrix)];
    call.matrix_number = instruction.matrix;
    call.bytes = MeanOverSources(call.matrix, communicator.members.size());
  }
  BoundPlan bound;
  TESSERA_ASSIGN_OR_RETURN(bound.prepared, context_.plans.Get(call, communicator.chips));
  bound.exchange = context_.traffic.Register(
      {.op = instruction.op,
       .axis = communicator.axis,
       .ranks = static_cast<int>(communicator.members.size()) * fold,
       .bytes = call.bytes,
       .algorithm = bound.prepared->plan.algorithm,
       .schedule = bound.prepared->plan.schedule,
       .endpoints = context_.plans.EndpointsOf(*bound.prepared, communicator.chips)});
  communicator.plans.emplace(key, bound);
  return bound;
}

bool Communicators::OnDone(CallId id, int rank, bool repeats_done) {
  Call& call = calls_[static_cast<size_t>(id)];
  const bool repeats = call.instruction->count > 1;
  if (!repeats || repeats_done) {
    if (--call.remaining == 0) Close(id, call);
    return true;
  }
  const std::vector<int>& members = communicators_[static_cast<size_t>(call.communicator)].members;
  call.parts.resize(members.size());
  const auto position = std::find(members.begin(), members.end(), rank) - members.begin();
  call.parts[static_cast<size_t>(position)] = context_.engine.now() - call.begun;
  if (--call.remaining == 0) Repeat(id, call);
  return false;
}

// All members have done the first of `count` equal executions. Each further one begins when its
// last member is free, so it takes the time of the whole first one.
void Communicators::Repeat(CallId id, Call& call) {
  const Communicator& communicator = communicators_[static_cast<size_t>(call.communicator)];
  const Duration whole = context_.engine.now() - call.begun;
  const int64_t others = call.instruction->count - 1;
  const ComponentId self = communicator.components[0];
  for (size_t i = 0; i < communicator.members.size(); ++i) {
    context_.engine.Send(self, call.begun + others * whole + call.parts[i],
                         communicator.components[i], static_cast<uint32_t>(ChipEvent::kCallDone),
                         static_cast<uint64_t>(id) | kRepeatsDone);
  }
  call.remaining = static_cast<int32_t>(communicator.members.size());
}

void Communicators::Close(CallId id, Call& call) {
  const Time end = context_.engine.now();
  const int32_t count = call.instruction->count;
  const absl::Status bounded =
      CheckBound(Describe(id), end - call.begun, call.plan.prepared->bound * count);
  if (!bounded.ok()) context_.faults.Report(bounded, context_.engine);
  context_.traffic.Add(
      {.exchange = call.plan.exchange, .count = count, .begin = call.begun, .end = end});
  free_.push_back(id);
}

std::string Communicators::Describe(CallId id) const {
  const Call& call = calls_[static_cast<size_t>(id)];
  return absl::StrCat(CallText(*call.instruction), " along ", AxisName(call.instruction->axis),
                      " (call ", call.number + 1, ")");
}

absl::Span<const int> Communicators::MembersOf(CallId id) const {
  const Call& call = calls_[static_cast<size_t>(id)];
  return communicators_[static_cast<size_t>(call.communicator)].members;
}

}  // namespace tessera
