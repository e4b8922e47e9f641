// Everything that the ranks of a run may say to one another, known before it begins: the exchange
// of each collective of each group and of each message, and the *fabric domain* that runs it.
//
// Exchanges whose routes share a link, directly or over others, form a domain: nothing that happens
// in one domain can change another, so each has a solver of its own and domains are separate
// logical processes. All collectives of one group, and all messages from one rank to another,
// belong to one domain. On a machine where tensor groups stay inside their nodes, each node's
// scale-up network is a domain and the scale-out network another (or one per rail). At most 16
// domains are formed, fewer on machines of very many links: sets of links are then put together.
//
// Lookahead of a domain. *Arrival*: the shortest time from the beginning of any of its exchanges
// until a transfer shares bandwidth (launch, software latency, the links of the route but the
// last); as long may the news of the beginning take. *Notice*: the shortest latency of a last
// link; so long before its end the end is certain.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "nodes/compiled_program.h"
#include "nodes/groups.h"
#include "nodes/lookahead.h"
#include "nodes/plan_cache.h"
#include "nodes/traffic.h"
#include "partition/plan.h"
#include "partition/program.h"

namespace tessera {

using DomainId = int32_t;

struct BoundExchange {
  const PreparedPlan* prepared = nullptr;
  ExchangeId exchange = 0;
};

struct DomainTraits {
  Lookahead lookahead;
  int64_t work = 0;  // Transfers over the whole run.
};

struct ExchangeTableInput {
  const ProgramSet& programs;
  const RankMap& ranks;
  const RankGroups& groups;
  const Topology& topology;
  PlanCache& plans;
  int ranks_per_vertex = 1;
  bool separate_domains = true;        // False: one domain for all.
  std::array<int, kAxisCount> fold{};  // Every member of a group stands for so many; 0: itself.
};

class ExchangeTable {
 public:
  // Errors: those of the communication library. O(transfers of all distinct exchanges).
  static absl::StatusOr<ExchangeTable> Make(const ExchangeTableInput& input);

  // Precondition: a collective of a group with more than one member, from one of its programs.
  const BoundExchange& Of(GroupId group, const Instruction& instruction) const;
  // Precondition: a message between two ranks from the program of `source`.
  const BoundExchange& OfMessage(int source, int target, Bytes bytes) const;

  int domains() const { return static_cast<int>(traits_.size()); }
  const DomainTraits& traits(DomainId domain) const { return traits_[static_cast<size_t>(domain)]; }
  // In ascending order.
  const std::vector<int>& RanksOf(DomainId domain) const {
    return ranks_[static_cast<size_t>(domain)];
  }
  DomainId DomainOfGroup(GroupId group) const {
    return domain_of_group_[static_cast<size_t>(group)];
  }
  DomainId DomainOfMessage(int source, int target) const {
    return domain_of_pair_.at({source, target});
  }
  // None: the program of `source` sends nothing there.
  std::optional<DomainId> FindMessageDomain(int source, int target) const;
  const std::deque<Exchange>& exchanges() const { return exchanges_; }
  std::deque<Exchange> TakeExchanges() { return std::move(exchanges_); }

 private:
  friend class ExchangeTableBuilder;
  // Forms domains of sets of exchanges, which say what they need; the domain of each set.
  std::vector<DomainId> PutTogether(const std::vector<DomainTraits>& sets, size_t most);
  using CallKey = std::tuple<GroupId, CollectiveOp, int64_t, int32_t>;  // Bytes, matrix.
  static CallKey KeyOf(GroupId group, const Instruction& instruction) {
    const bool by_matrix = instruction.op == CollectiveOp::kAllToAllV;
    return {group, instruction.op, by_matrix ? 0 : instruction.bytes.count(), instruction.matrix};
  }

  std::deque<Exchange> exchanges_;
  absl::flat_hash_map<CallKey, BoundExchange> calls_;
  absl::flat_hash_map<std::tuple<int, int, int64_t>, BoundExchange>
      messages_;  // Source, target, bytes.
  std::vector<DomainId> domain_of_group_;
  absl::flat_hash_map<std::pair<int, int>, DomainId> domain_of_pair_;
  std::vector<DomainTraits> traits_;
  std::vector<std::vector<int>> ranks_;  // Of each domain.
};

}  // namespace tessera
