#include "workload/expert_routing.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "absl/types/span.h"
#include "core/check.h"
#include "core/integer.h"
#include "core/math.h"
#include "core/random.h"

namespace tessera {
namespace {

enum Purpose : uint32_t { kChoices = 1, kPopularity = 2 };

// Where experts live: contiguous blocks over ranks, ranks in nodes.
class Placement {
 public:
  explicit Placement(const RoutingParams& params)
      : experts_(params.moe.experts),
        ranks_(params.expert_ranks),
        ranks_per_node_(params.ranks_per_node) {}
  int RankOf(int expert) const { return static_cast<int>(int64_t{expert} * ranks_ / experts_); }
  int NodeOfRank(int rank) const { return rank / ranks_per_node_; }
  int NodeOf(int expert) const { return NodeOfRank(RankOf(expert)); }
  int nodes() const { return CeilDiv(ranks_, ranks_per_node_); }

 private:
  int experts_, ranks_, ranks_per_node_;
};

// Picks the experts of one token after the other.
class Chooser {
 public:
  virtual ~Chooser() = default;
  virtual void Choose(absl::Span<int> experts) = 0;
};

bool Contains(absl::Span<const int> picks, int expert) {
  return std::find(picks.begin(), picks.end(), expert) != picks.end();
}

// An endless deal of a pack of experts, shuffled anew each time it runs out.
class Deck {
 public:
  explicit Deck(std::vector<int> experts) : experts_(std::move(experts)), next_(experts_.size()) {}
  size_t size() const { return experts_.size(); }
  void Add(int expert) {
    experts_.push_back(expert);
    next_ = experts_.size();
  }

  // The next expert that the token does not have yet; the deck holds more experts than it has
  // picks.
  int Deal(absl::Span<const int> picks, RandomStream& random) {
    if (next_ == experts_.size()) {
      random.Shuffle(absl::MakeSpan(experts_));
      next_ = 0;
    }
    // Never runs off the end: fewer picks stem from the last round than this one still holds.
    size_t i = next_;
    while (Contains(picks, experts_[i])) ++i;
    std::swap(experts_[next_], experts_[i]);
    return experts_[next_++];
  }

 private:
  std::vector<int> experts_;
  size_t next_;
};

// Forced balance: one deck, or with a node limit one deck a node and every token dealt evenly from
// M nodes in turn.
class BalancedChooser : public Chooser {
 public:
  BalancedChooser(const RoutingParams& params, const Placement& placement, RandomStream random)
      : random_(random) {
    const int limit = params.routing.max_nodes_per_token;
    limited_ = limit > 0 && limit < placement.nodes();
    decks_.assign(limited_ ? static_cast<size_t>(placement.nodes()) : 1, Deck({}));
    nodes_per_token_ = limited_ ? static_cast<size_t>(limit) : 1;
    for (int e = 0; e < params.moe.experts; ++e) {
      decks_[limited_ ? static_cast<size_t>(placement.NodeOf(e)) : 0].Add(e);
    }
  }

  void Choose(absl::Span<int> experts) override {
    for (size_t i = 0; i < experts.size(); ++i) {
      Deck& deck = decks_[(first_ + i % nodes_per_token_) % decks_.size()];
      experts[i] = deck.Deal(experts.first(i), random_);
    }
    first_ = (first_ + 1) % decks_.size();
  }

 private:
  RandomStream random_;
  std::vector<Deck> decks_;
  bool limited_ = false;
  size_t nodes_per_token_ = 1;
  size_t first_ = 0;
};

// Walker's alias method: draws from a discrete distribution with one uniform number.
class AliasTable {
 public:
  explicit AliasTable(const std::vector<double>& shares)
      : keep_(shares.size(), 1), alias_(shares.size()) {
    const auto n = static_cast<double>(shares.size());
    std::vector<double> scaled;
    std::vector<int> small, large;
    for (size_t i = 0; i < shares.size(); ++i) {
      alias_[i] = static_cast<int>(i);
      scaled.push_back(shares[i] * n);
      (scaled[i] < 1 ? small : large).push_back(static_cast<int>(i));
    }
    while (!small.empty() && !large.empty()) {
      const auto s = static_cast<size_t>(small.back());
      const auto l = static_cast<size_t>(large.back());
      small.pop_back();
      keep_[s] = scaled[s];
      alias_[s] = static_cast<int>(l);
      scaled[l] -= 1 - scaled[s];
      if (scaled[l] >= 1) continue;
      large.pop_back();
      small.push_back(static_cast<int>(l));
    }
  }
  int Draw(RandomStream& random) const {
    const double u = random.Uniform() * static_cast<double>(keep_.size());
    const auto column = static_cast<size_t>(u);
    return u - static_cast<double>(column) < keep_[column] ? static_cast<int>(column)
                                                           : alias_[column];
  }

 private:
  std::vector<double> keep_;
  std::vector<int> alias_;
};

// Draws again what a token has already or what lies on a closed node: sequential sampling without
// replacement, the distribution of Gumbel-top-k.
class RandomChooser : public Chooser {
 public:
  RandomChooser(const RoutingParams& params, const Placement& placement, RandomStream random)
      : random_(random),
        placement_(placement),
        node_limit_(params.routing.max_nodes_per_token),
        table_(ZipfShares(params.moe.experts, params.routing.kind == MoeRoutingSpec::Kind::kZipf
                                                  ? params.routing.zipf_exponent
                                                  : 0)),
        expert_of_place_(static_cast<size_t>(params.moe.experts)) {
    std::iota(expert_of_place_.begin(), expert_of_place_.end(), 0);
    RandomStream popularity({.run_seed = params.seed,
                             .component = static_cast<uint32_t>(params.layer),
                             .purpose = kPopularity});
    popularity.Shuffle(absl::MakeSpan(expert_of_place_));
  }

  void Choose(absl::Span<int> experts) override {
    nodes_.clear();
    for (size_t i = 0; i < experts.size(); ++i) {
      int expert = Draw();
      while (Contains(experts.first(i), expert) || !Open(placement_.NodeOf(expert))) {
        expert = Draw();
      }
      experts[i] = expert;
      const int node = placement_.NodeOf(expert);
      if (!Contains(nodes_, node)) nodes_.push_back(node);
    }
  }

 private:
  int Draw() { return expert_of_place_[static_cast<size_t>(table_.Draw(random_))]; }
  bool Open(int node) const {
    return node_limit_ == 0 || nodes_.size() < static_cast<size_t>(node_limit_) ||
           Contains(nodes_, node);
  }

  RandomStream random_;
  Placement placement_;
  int node_limit_;
  AliasTable table_;
  std::vector<int> expert_of_place_;
  std::vector<int> nodes_;  // Touched by the token in hand.
};

std::unique_ptr<Chooser> MakeChooser(const RoutingParams& params, const Placement& placement) {
  const RandomStream random({.run_seed = params.seed,
                             .component = static_cast<uint32_t>(params.layer),
                             .purpose = kChoices});
  if (params.routing.kind == MoeRoutingSpec::Kind::kBalanced) {
    return std::make_unique<BalancedChooser>(params, placement, random);
  }
  return std::make_unique<RandomChooser>(params, placement, random);
}

// Adds one token's accepted experts to the counts.
void Count(const Placement& placement, int source, absl::Span<const int> experts,
           ExpertRouting& routing) {
  const auto ranks = routing.expert_copies.size();
  const auto nodes = static_cast<size_t>(placement.nodes());
  const size_t width = routing.node_copies.size() / nodes;  // Ranks.
  TESSERA_CHECK(ranks == width * width);
  const auto row = static_cast<size_t>(source);
  for (size_t i = 0; i < experts.size(); ++i) {
    const int rank = placement.RankOf(experts[i]);
    const int node = placement.NodeOfRank(rank);
    ++routing.expert_rows[static_cast<size_t>(experts[i])];
    ++routing.expert_copies[row * width + static_cast<size_t>(rank)];
    bool new_rank = true;
    bool new_node = true;
    for (size_t j = 0; j < i; ++j) {
      new_rank &= placement.RankOf(experts[j]) != rank;
      new_node &= placement.NodeOf(experts[j]) != node;
    }
    routing.rank_copies[row * width + static_cast<size_t>(rank)] += new_rank ? 1 : 0;
    routing.node_copies[row * nodes + static_cast<size_t>(node)] += new_node ? 1 : 0;
  }
}

}  // namespace

ExpertRouting RouteExperts(const RoutingParams& params) {
  TESSERA_CHECK(params.moe.experts_per_token <= params.moe.experts && params.expert_ranks >= 1);
  const Placement placement(params);
  const auto ranks = static_cast<size_t>(params.expert_ranks);
  ExpertRouting routing;
  routing.expert_rows.assign(static_cast<size_t>(params.moe.experts), 0);
  routing.expert_copies.assign(ranks * ranks, 0);
  routing.rank_copies.assign(ranks * ranks, 0);
  routing.node_copies.assign(ranks * static_cast<size_t>(placement.nodes()), 0);
  const double factor = params.routing.capacity_factor;
  const int64_t capacity =
      factor > 0 ? ExpertCapacity(params.moe, factor, params.tokens_per_rank * params.expert_ranks)
                 : INT64_MAX;
  const std::unique_ptr<Chooser> chooser = MakeChooser(params, placement);
  std::vector<int> picks(static_cast<size_t>(params.moe.experts_per_token));
  std::vector<int> accepted;
  for (int source = 0; source < params.expert_ranks; ++source) {
    for (int64_t token = 0; token < params.tokens_per_rank; ++token) {
      chooser->Choose(absl::MakeSpan(picks));
      accepted.clear();
      for (const int expert : picks) {
        if (routing.expert_rows[static_cast<size_t>(expert)] < capacity) accepted.push_back(expert);
      }
      routing.dropped += static_cast<int64_t>(picks.size() - accepted.size());
      Count(placement, source, accepted, routing);
    }
  }
  return routing;
}

std::vector<double> ZipfShares(int experts, double exponent) {
  std::vector<double> shares;
  double sum = 0;
  for (int i = 1; i <= experts; ++i) {
    shares.push_back(Pow(i, -exponent));
    sum += shares.back();
  }
  for (double& share : shares) share /= sum;
  return shares;
}

int64_t ExpertCapacity(const MoeSpec& moe, double capacity_factor, int64_t tokens) {
  return static_cast<int64_t>(capacity_factor * moe.experts_per_token *
                              static_cast<double>(tokens) / moe.experts);
}

double ExpectedDistinctGroups(const MoeSpec& moe, int groups) {
  const double per_group = static_cast<double>(moe.experts) / groups;
  double missed = 1;
  for (int i = 0; i < moe.experts_per_token; ++i) {
    missed *= (moe.experts - per_group - i) / (moe.experts - i);
  }
  return groups * (1 - missed);
}

}  // namespace tessera
