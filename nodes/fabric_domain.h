// A fabric domain (nodes/exchange_table.h) as a logical process: the rendezvous of its collectives,
// its messages and the fabric that moves them. Chips know it by events alone.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "core/engine.h"
#include "fabric/fabric.h"
#include "nodes/domain_context.h"
#include "nodes/mailboxes.h"
#include "nodes/rendezvous.h"

namespace tessera {

// Makes the fabric of a domain, which adds itself to the engine and tells of ends `notice` early.
using FabricMaker = std::function<std::unique_ptr<Fabric>(Engine&, Duration notice)>;

class FabricDomain final : public Component {
 public:
  // Adds to `engine` itself, a port for each of its ranks, then its fabric.
  FabricDomain(const RunPlan& plan, DomainId domain, const FabricMaker& make_fabric,
               Engine& engine);

  void OnEvent(const Event& event, Engine& engine) override;

  Fabric& fabric() { return *fabric_; }
  TrafficLog& traffic() { return context_.traffic; }
  const FaultRecord& faults() const { return context_.faults; }
  const Rendezvous& rendezvous() const { return rendezvous_; }
  const Mailboxes& mailboxes() const { return mailboxes_; }

 private:
  // Where the fabric tells of the ends of one rank.
  class Port final : public Component {
   public:
    Port(FabricDomain& domain, int rank) : domain_(domain), rank_(rank) {}
    void OnEvent(const Event& event, Engine& engine) override {
      domain_.OnPartDone(event, rank_, engine);
    }

   private:
    FabricDomain& domain_;
    int rank_;
  };

  void OnRequest(const Event& event, int rank, Engine& engine);
  void OnPartDone(const Event& event, int rank, Engine& engine);

  DomainContext context_;
  std::deque<Port> ports_;
  std::unique_ptr<Fabric> fabric_;
  Rendezvous rendezvous_;
  Mailboxes mailboxes_;
};

}  // namespace tessera
