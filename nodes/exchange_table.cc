#include "nodes/exchange_table.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/status_macros.h"

namespace tessera {
namespace {

// A solver keeps figures of every link, so few domains on a machine of very many links.
constexpr int64_t kMostDomains = 16;
constexpr int64_t kMostLinkEntries = int64_t{1} << 21;

// Sets that grow together.
class UnionFind {
 public:
  explicit UnionFind(size_t items) : parent_(items) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }
  size_t Find(size_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
  }
  void Unite(size_t a, size_t b) { parent_[Find(a)] = Find(b); }

 private:
  std::vector<size_t> parent_;
};

Bytes MeanOverSources(absl::Span<const Bytes> matrix, size_t sources) {
  Bytes sum;
  for (const Bytes bytes : matrix) sum += bytes;
  return Bytes(sum.count() / static_cast<int64_t>(sources));
}

}  // namespace

class ExchangeTableBuilder {
 public:
  explicit ExchangeTableBuilder(const ExchangeTableInput& input)
      : input_(input),
        links_(input.topology.links().size()),
        owners_(static_cast<size_t>(input.groups.size())) {}

  absl::StatusOr<ExchangeTable> Build() {
    for (int rank = 0; rank < input_.ranks.ranks(); ++rank) {
      const int32_t program = input_.programs.program_of_rank[static_cast<size_t>(rank)];
      for (const Use& use : UsesOf(program)) {
        TESSERA_RETURN_IF_ERROR(use.instruction->kind == InstructionKind::kSend
                                    ? AddMessage(rank, use)
                                    : AddCall(rank, use));
      }
    }
    FormDomains();
    return std::move(table_);
  }

 private:
  // An instruction that communicates, and how often its program has an equal one.
  struct Use {
    const Instruction* instruction = nullptr;
    int64_t times = 0;
  };
  // Who exchanges: a group, or a pair of ranks. All its exchanges go to one domain.
  struct Owner {
    std::vector<ExchangeId> exchanges;
    DomainTraits traits;
  };

  const std::vector<Use>& UsesOf(int32_t program);
  absl::Status AddCall(int rank, const Use& use);
  absl::Status AddMessage(int rank, const Use& use);
  void Add(Exchange exchange, BoundExchange& bound, Owner& owner);
  void FormDomains();
  void UniteLinks(ExchangeId id, size_t set, UnionFind& sets) const;
  UnionFind LinkedOwners() const;
  size_t MostDomains() const {
    if (!input_.separate_domains) return 1;
    const int64_t room = kMostLinkEntries / static_cast<int64_t>(links_ + 1);
    return static_cast<size_t>(std::clamp<int64_t>(room, 1, kMostDomains));
  }
  void ListRanks();

  const ExchangeTableInput& input_;
  const size_t links_;
  ExchangeTable table_;
  std::vector<Owner> owners_;  // Of each group, then of each pair.
  std::vector<std::pair<int, int>> pairs_;
  absl::flat_hash_map<std::pair<int, int>, size_t> owner_of_pair_;
  std::vector<const PreparedPlan*> prepared_;  // Of each exchange.
  absl::flat_hash_map<int32_t, std::vector<Use>> uses_;
};

const std::vector<ExchangeTableBuilder::Use>& ExchangeTableBuilder::UsesOf(int32_t program) {
  const auto [entry, is_new] = uses_.try_emplace(program);
  std::vector<Use>& uses = entry->second;
  if (!is_new) return uses;
  absl::flat_hash_map<std::tuple<int, int, int64_t, int32_t>, size_t> seen;
  for (const Instruction& i : input_.programs.programs[static_cast<size_t>(program)].instructions) {
    const bool message = i.kind == InstructionKind::kSend;
    if (!message && i.kind != InstructionKind::kCollective &&
        i.kind != InstructionKind::kCollectiveAsync) {
      continue;
    }
    const int op = message ? -1 : static_cast<int>(i.op);
    const int place = message ? i.peer : static_cast<int>(i.axis);
    const auto [at, first] = seen.try_emplace({op, place, i.bytes.count(), i.matrix}, uses.size());
    if (first) uses.push_back({.instruction = &i});
    ++uses[at->second].times;
  }
  return uses;
}

absl::Status ExchangeTableBuilder::AddCall(int rank, const Use& use) {
  const Instruction& instruction = *use.instruction;
  const GroupId id = input_.groups.Of(rank, instruction.axis);
  const RankGroup& group = input_.groups.group(id);
  if (group.members.size() == 1) return absl::OkStatus();
  const auto [entry, is_new] = table_.calls_.try_emplace(ExchangeTable::KeyOf(id, instruction));
  if (!is_new) return absl::OkStatus();
  const int fold = std::max(1, input_.fold[static_cast<size_t>(group.axis)]);
  PlanCache::Call call{.op = instruction.op, .bytes = instruction.bytes, .fold = fold};
  if (instruction.op == CollectiveOp::kAllToAllV) {
    call.matrix = input_.programs.matrices[static_cast<size_t>(instruction.matrix)];
    call.matrix_number = instruction.matrix;
    if (!input_.programs.token_exchanges.empty()) {
      call.tokens = &input_.programs.token_exchanges[static_cast<size_t>(instruction.matrix)];
    }
    call.bytes = MeanOverSources(call.matrix, group.members.size());
  }
  BoundExchange& bound = entry->second;
  TESSERA_ASSIGN_OR_RETURN(bound.prepared, input_.plans.Get(call, group.chips));
  Owner& owner = owners_[static_cast<size_t>(id)];
  Add({.op = instruction.op,
       .axis = group.axis,
       .ranks = static_cast<int>(group.members.size()) * fold,
       .bytes = call.bytes,
       .endpoints = input_.plans.EndpointsOf(*bound.prepared, group.chips)},
      bound, owner);
  owner.traits.work +=
      use.times * static_cast<int64_t>(bound.prepared->plan.schedule->transfers.size());
  return absl::OkStatus();
}

absl::Status ExchangeTableBuilder::AddMessage(int rank, const Use& use) {
  const Instruction& instruction = *use.instruction;
  const int target = input_.ranks.AtStage(rank, instruction.peer);
  if (target == rank) return absl::OkStatus();
  const auto [entry, is_new] =
      table_.messages_.try_emplace({rank, target, instruction.bytes.count()});
  if (!is_new) return absl::OkStatus();
  BoundExchange& bound = entry->second;
  const std::array<ChipId, 2> chips = {rank / input_.ranks_per_vertex,
                                       target / input_.ranks_per_vertex};
  TESSERA_ASSIGN_OR_RETURN(
      bound.prepared,
      input_.plans.Get({.op = CollectiveOp::kSendRecv, .bytes = instruction.bytes}, chips));
  const auto [pair, is_new_pair] = owner_of_pair_.try_emplace({rank, target}, owners_.size());
  if (is_new_pair) {
    owners_.emplace_back();
    pairs_.emplace_back(rank, target);
  }
  Owner& owner = owners_[pair->second];
  Add({.op = CollectiveOp::kSendRecv,
       .axis = instruction.axis,
       .ranks = 2,
       .bytes = instruction.bytes,
       .endpoints = input_.plans.EndpointsOf(*bound.prepared, chips)},
      bound, owner);
  owner.traits.work += use.times;
  return absl::OkStatus();
}

void ExchangeTableBuilder::Add(Exchange exchange, BoundExchange& bound, Owner& owner) {
  exchange.algorithm = bound.prepared->plan.algorithm;
  exchange.schedule = bound.prepared->plan.schedule;
  bound.exchange = static_cast<ExchangeId>(table_.exchanges_.size());
  owner.exchanges.push_back(bound.exchange);
  owner.traits.lookahead.Limit(LookaheadOf(*bound.prepared, exchange.endpoints, input_.topology));
  prepared_.push_back(bound.prepared);
  table_.exchanges_.push_back(std::move(exchange));
}

// All links of an exchange join `set`.
void ExchangeTableBuilder::UniteLinks(ExchangeId id, size_t set, UnionFind& sets) const {
  const std::vector<VertexId>& ends = table_.exchanges_[static_cast<size_t>(id)].endpoints;
  for (const PlanPair& pair : prepared_[static_cast<size_t>(id)]->pairs) {
    for (const LinkId link : input_.topology.Route(ends[static_cast<size_t>(pair.source)],
                                                   ends[static_cast<size_t>(pair.target)])) {
      sets.Unite(static_cast<size_t>(link), set);
    }
  }
}

// Sets of links (0 to links_ - 1) and owners (from links_ on) that one solver must hold.
UnionFind ExchangeTableBuilder::LinkedOwners() const {
  UnionFind sets(links_ + owners_.size());
  for (size_t o = 0; o < owners_.size(); ++o) {
    for (const ExchangeId id : owners_[o].exchanges) UniteLinks(id, links_ + o, sets);
  }
  return sets;
}

// One domain for each set, the largest sets first; later ones join the domain with least work.
void ExchangeTableBuilder::FormDomains() {
  UnionFind sets = LinkedOwners();
  absl::flat_hash_map<size_t, size_t> set_of_root;
  std::vector<DomainTraits> traits;
  std::vector<size_t> set_of_owner(owners_.size());
  for (size_t o = 0; o < owners_.size(); ++o) {
    if (owners_[o].exchanges.empty()) continue;
    const auto [entry, is_new] = set_of_root.try_emplace(sets.Find(links_ + o), traits.size());
    if (is_new) traits.emplace_back();
    traits[entry->second].lookahead.Limit(owners_[o].traits.lookahead);
    traits[entry->second].work += owners_[o].traits.work;
    set_of_owner[o] = entry->second;
  }
  const std::vector<DomainId> domain_of_set = table_.PutTogether(traits, MostDomains());
  const auto domain_of = [&](size_t owner) {
    return owners_[owner].exchanges.empty() ? 0 : domain_of_set[set_of_owner[owner]];
  };
  const auto groups = static_cast<size_t>(input_.groups.size());
  for (size_t o = 0; o < groups; ++o) table_.domain_of_group_.push_back(domain_of(o));
  for (size_t p = 0; p < pairs_.size(); ++p) {
    table_.domain_of_pair_.emplace(pairs_[p], domain_of(groups + p));
  }
  ListRanks();
}

void ExchangeTableBuilder::ListRanks() {
  std::vector<std::vector<int>>& ranks = table_.ranks_;
  ranks.resize(table_.traits_.size());
  for (GroupId id = 0; id < input_.groups.size(); ++id) {
    if (owners_[static_cast<size_t>(id)].exchanges.empty()) continue;
    const std::vector<int>& members = input_.groups.group(id).members;
    std::vector<int>& there = ranks[static_cast<size_t>(table_.DomainOfGroup(id))];
    there.insert(there.end(), members.begin(), members.end());
  }
  for (const auto& [source, target] : pairs_) {
    std::vector<int>& there = ranks[static_cast<size_t>(table_.DomainOfMessage(source, target))];
    there.push_back(source);
    there.push_back(target);
  }
  for (std::vector<int>& there : ranks) {
    std::sort(there.begin(), there.end());
    there.erase(std::unique(there.begin(), there.end()), there.end());
  }
}

std::vector<DomainId> ExchangeTable::PutTogether(const std::vector<DomainTraits>& sets,
                                                 size_t most) {
  std::vector<size_t> by_work(sets.size());
  std::iota(by_work.begin(), by_work.end(), size_t{0});
  std::stable_sort(by_work.begin(), by_work.end(),
                   [&](size_t a, size_t b) { return sets[a].work > sets[b].work; });
  std::vector<DomainId> domain_of_set(sets.size());
  for (const size_t set : by_work) {
    if (traits_.size() < most) traits_.emplace_back();
    const auto least =
        traits_.back().work == 0
            ? traits_.end() - 1
            : std::min_element(traits_.begin(), traits_.end(),
                               [](const auto& a, const auto& b) { return a.work < b.work; });
    least->work += sets[set].work;
    least->lookahead.Limit(sets[set].lookahead);
    domain_of_set[set] = static_cast<DomainId>(least - traits_.begin());
  }
  return domain_of_set;
}

absl::StatusOr<ExchangeTable> ExchangeTable::Make(const ExchangeTableInput& input) {
  return ExchangeTableBuilder(input).Build();
}

std::optional<DomainId> ExchangeTable::FindMessageDomain(int source, int target) const {
  const auto found = domain_of_pair_.find({source, target});
  if (found == domain_of_pair_.end()) return std::nullopt;
  return found->second;
}

const BoundExchange& ExchangeTable::Of(GroupId group, const Instruction& instruction) const {
  return calls_.at(KeyOf(group, instruction));
}

const BoundExchange& ExchangeTable::OfMessage(int source, int target, Bytes bytes) const {
  return messages_.at({source, target, bytes.count()});
}

}  // namespace tessera
