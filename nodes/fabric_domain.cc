#include "nodes/fabric_domain.h"

#include "core/check.h"

namespace tessera {

FabricDomain::FabricDomain(const RunPlan& plan, DomainId domain, const FabricMaker& make_fabric,
                           Engine& engine)
    : context_{.plan = plan, .domain = domain, .lookahead = plan.LookaheadOfDomain(domain)},
      rendezvous_(context_),
      mailboxes_(context_) {
  context_.self = engine.Add(*this);
  context_.ports.resize(static_cast<size_t>(plan.ranks.ranks()));
  for (const int rank : plan.exchanges.RanksOf(domain)) {
    context_.ports[static_cast<size_t>(rank)] = engine.Add(ports_.emplace_back(*this, rank));
  }
  fabric_ = make_fabric(engine, context_.lookahead.notice);
  context_.fabric = fabric_.get();
}

void FabricDomain::OnEvent(const Event& event, Engine& engine) {
  const Time end = event.time + context_.lookahead.notice;
  const auto slot = static_cast<int32_t>(event.payload);
  switch (static_cast<DomainEvent>(event.kind)) {
    case DomainEvent::kArrive:
    case DomainEvent::kSend:
      return OnRequest(event, static_cast<int>(SourceOf(event)), engine);
    case DomainEvent::kCallRepeated:
      return rendezvous_.Close(slot, end, engine);
    case DomainEvent::kMessageRepeated:
      return mailboxes_.OnArrived(slot, end, engine);
    case DomainEvent::kCallPart:
    case DomainEvent::kMessagePart:
      TESSERA_CHECK(false);  // They go to a port.
  }
}

void FabricDomain::OnRequest(const Event& event, int rank, Engine& engine) {
  const RequestPayload request = RequestPayload::Of(event.payload);
  const Instruction& instruction =
      context_.plan.ProgramOf(rank).instructions[static_cast<size_t>(request.instruction)];
  const Time asked = event.time - context_.lookahead.arrival;
  if (static_cast<DomainEvent>(event.kind) == DomainEvent::kSend) {
    return mailboxes_.OnSend(rank, instruction, asked);
  }
  rendezvous_.OnArrive(
      {.rank = rank, .instruction = instruction, .number = request.number, .at = asked}, engine);
}

void FabricDomain::OnPartDone(const Event& event, int rank, Engine& engine) {
  const Time end = event.time + context_.lookahead.notice;
  const auto slot = static_cast<int32_t>(event.payload);
  if (static_cast<DomainEvent>(event.kind) == DomainEvent::kCallPart) {
    rendezvous_.OnPartDone(slot, rank, end, engine);
  } else {
    mailboxes_.OnPartDone(slot, rank, end, engine);
  }
}

}  // namespace tessera
