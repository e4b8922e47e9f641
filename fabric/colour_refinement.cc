#include "fabric/colour_refinement.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "core/check.h"

namespace tessera {
namespace {

// A sum of hashes: the same in any order of its terms.
struct HashSum {
  uint64_t first = 0;
  uint64_t second = 0;

  HashSum& operator+=(const HashSum& other) {
    first += other.first;
    second += other.second;
    return *this;
  }
  HashSum operator*(int32_t n) const {
    return {first * static_cast<uint64_t>(n), second * static_cast<uint64_t>(n)};
  }
};

// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

HashSum HashOfColour(int32_t colour) {
  const auto x = static_cast<uint64_t>(colour) + 1;
  return {Mix(x * 0x9e3779b97f4a7c15), Mix(x * 0xd1b54a32d192ed03)};
}

using Key = std::pair<uint64_t, uint64_t>;

// Takes up one more number of a key whose numbers are in order.
void Append(Key& key, uint64_t first, uint64_t second) {
  key.first = Mix(key.first + 0x9e3779b97f4a7c15) ^ first;
  key.second = Mix(key.second + 0xd1b54a32d192ed03) ^ second;
}
void Append(Key& key, const HashSum& sum) { Append(key, sum.first, sum.second); }
void Append(Key& key, int64_t number) {
  Append(key, static_cast<uint64_t>(number), static_cast<uint64_t>(number));
}

// Numbers keys in the order of first use.
class Numbering {
 public:
  int32_t Of(const Key& key) {
    return numbers_.try_emplace(key, static_cast<int32_t>(numbers_.size())).first->second;
  }
  int32_t size() const { return static_cast<int32_t>(numbers_.size()); }

 private:
  absl::flat_hash_map<Key, int32_t> numbers_;
};

int32_t SharesOf(const Placement& placement, size_t link) {
  return placement.shares().empty() ? 1 : placement.shares()[link];
}

int32_t CoefficientOf(const PairRoute& route, size_t hop) {
  return route.coefficients.empty() ? 1 : route.coefficients[hop];
}

class Refinement {
 public:
  Refinement(const Placement& placement, absl::Span<const int32_t> start)
      : placement_(placement),
        prepared_(placement.schedule()),
        schedule_(placement.schedule().schedule()) {
    StartTransfers(start);
    StartLinks();
  }

  Colouring Run() && {
    while (true) {
      const int32_t links = colouring_.link_colours;
      const int32_t transfers = colouring_.transfer_colours;
      RefineLinks();
      RefineTransfers();
      if (links == colouring_.link_colours && transfers == colouring_.transfer_colours) break;
    }
    return std::move(colouring_);
  }

 private:
  const PairRoute& RouteOf(size_t pair) const { return placement_.local_routes()[pair]; }

  void StartTransfers(absl::Span<const int32_t> start) {
    TESSERA_CHECK(start.empty() || start.size() == schedule_.transfers.size());
    Numbering numbers;
    for (size_t t = 0; t < schedule_.transfers.size(); ++t) {
      const PairRoute& route =
          RouteOf(static_cast<size_t>(prepared_.pair_of(static_cast<int32_t>(t))));
      Key key;
      Append(key, start.empty() ? 0 : start[t]);
      Append(key, schedule_.transfers[t].bytes.count());
      Append(key, route.head.count());
      Append(key, route.tail.count());
      Append(key, (route.leaves_node ? 2 : 0) + (route.links.empty() ? 1 : 0));
      colouring_.of_transfer.push_back(numbers.Of(key));
    }
    colouring_.transfer_colours = numbers.size();
  }

  void StartLinks() {
    Numbering numbers;
    for (size_t l = 0; l < placement_.links().size(); ++l) {
      Key key;
      Append(key, placement_.capacities()[l]);
      Append(key, SharesOf(placement_, l));
      colouring_.of_link.push_back(numbers.Of(key));
    }
    colouring_.link_colours = numbers.size();
  }

  void RefineLinks() {
    std::vector<HashSum> of_pair(prepared_.pairs().size());
    for (size_t t = 0; t < schedule_.transfers.size(); ++t) {
      of_pair[static_cast<size_t>(prepared_.pair_of(static_cast<int32_t>(t)))] +=
          HashOfColour(colouring_.of_transfer[t]);
    }
    std::vector<HashSum> of_link(placement_.links().size());
    for (size_t p = 0; p < of_pair.size(); ++p) {
      const PairRoute& route = RouteOf(p);
      for (size_t hop = 0; hop < route.links.size(); ++hop) {
        of_link[static_cast<size_t>(route.links[hop])] += of_pair[p] * CoefficientOf(route, hop);
      }
    }
    Numbering numbers;
    for (size_t l = 0; l < of_link.size(); ++l) {
      Key key;
      Append(key, colouring_.of_link[l]);
      Append(key, of_link[l]);
      colouring_.of_link[l] = numbers.Of(key);
    }
    colouring_.link_colours = numbers.size();
  }

  void RefineTransfers() {
    std::vector<HashSum> of_pair(prepared_.pairs().size());
    for (size_t p = 0; p < of_pair.size(); ++p) {
      for (const int32_t link : RouteOf(p).links) {
        of_pair[p] += HashOfColour(colouring_.of_link[static_cast<size_t>(link)]);
      }
    }
    Numbering numbers;
    for (size_t t = 0; t < schedule_.transfers.size(); ++t) {
      HashSum predecessors;
      for (const int32_t before : schedule_.PredecessorsOf(schedule_.transfers[t])) {
        predecessors += HashOfColour(colouring_.of_transfer[static_cast<size_t>(before)]);
      }
      Key key;
      Append(key, colouring_.of_transfer[t]);
      Append(key, of_pair[static_cast<size_t>(prepared_.pair_of(static_cast<int32_t>(t)))]);
      Append(key, predecessors);
      colouring_.of_transfer[t] = numbers.Of(key);
    }
    colouring_.transfer_colours = numbers.size();
  }

  const Placement& placement_;
  const PreparedSchedule& prepared_;
  const Schedule& schedule_;
  Colouring colouring_;
};

// The first transfer and the first link of each colour.
std::vector<size_t> FirstOfEach(const std::vector<int32_t>& colours, int32_t count) {
  std::vector<size_t> first(static_cast<size_t>(count), colours.size());
  for (size_t i = colours.size(); i-- > 0;) first[static_cast<size_t>(colours[i])] = i;
  return first;
}

// What of a transfer its course depends on, in colours.
struct TransferView {
  Bytes bytes;
  Duration head{};
  Duration tail{};
  bool leaves_node = false;
  std::vector<int32_t> links = {};         // Ascending, each once.
  std::vector<int32_t> predecessors = {};  // Likewise.

  friend bool operator==(const TransferView&, const TransferView&) = default;
};

void SortOnce(std::vector<int32_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

TransferView ViewOf(const Placement& placement, const Colouring& colouring, size_t transfer) {
  const Schedule& schedule = placement.schedule().schedule();
  const Transfer& t = schedule.transfers[transfer];
  const auto pair =
      static_cast<size_t>(placement.schedule().pair_of(static_cast<int32_t>(transfer)));
  const PairRoute& route = placement.local_routes()[pair];
  TransferView view{
      .bytes = t.bytes, .head = route.head, .tail = route.tail, .leaves_node = route.leaves_node};
  for (const int32_t link : route.links) {
    view.links.push_back(colouring.of_link[static_cast<size_t>(link)]);
  }
  for (const int32_t before : schedule.PredecessorsOf(t)) {
    view.predecessors.push_back(colouring.of_transfer[static_cast<size_t>(before)]);
  }
  SortOnce(view.links);
  SortOnce(view.predecessors);
  return view;
}

// Sums of the coefficients on links by colour of transfer.
class LinkLoads {
 public:
  using Load = std::vector<std::pair<int32_t, int64_t>>;  // By colour, ascending.

  LinkLoads(const Placement& placement, const Colouring& colouring)
      : pairs_on_link_(placement.links().size()) {
    const absl::Span<const PairRoute> routes = placement.local_routes();
    for (size_t p = 0; p < routes.size(); ++p) {
      for (size_t hop = 0; hop < routes[p].links.size(); ++hop) {
        pairs_on_link_[static_cast<size_t>(routes[p].links[hop])].push_back(
            {static_cast<int32_t>(p), CoefficientOf(routes[p], hop)});
      }
    }
    colours_of_pair_.resize(routes.size());
    for (size_t t = 0; t < colouring.of_transfer.size(); ++t) {
      const int32_t pair = placement.schedule().pair_of(static_cast<int32_t>(t));
      colours_of_pair_[static_cast<size_t>(pair)].push_back(colouring.of_transfer[t]);
    }
  }

  Load Of(size_t link) const {
    Load load;
    for (const auto& [pair, coefficient] : pairs_on_link_[link]) {
      for (const int32_t colour : colours_of_pair_[static_cast<size_t>(pair)]) {
        load.emplace_back(colour, coefficient);
      }
    }
    std::sort(load.begin(), load.end());
    size_t kept = 0;
    for (size_t i = 0; i < load.size(); ++i) {
      if (kept > 0 && load[kept - 1].first == load[i].first) {
        load[kept - 1].second += load[i].second;
      } else {
        load[kept++] = load[i];
      }
    }
    load.resize(kept);
    return load;
  }

 private:
  std::vector<std::vector<std::pair<int32_t, int32_t>>> pairs_on_link_;
  std::vector<std::vector<int32_t>> colours_of_pair_;
};

bool LinksAreAlike(const Placement& placement, const Colouring& colouring) {
  const LinkLoads loads(placement, colouring);
  const std::vector<size_t> first = FirstOfEach(colouring.of_link, colouring.link_colours);
  std::vector<LinkLoads::Load> expected(first.size());
  for (size_t c = 0; c < first.size(); ++c) expected[c] = loads.Of(first[c]);
  for (size_t l = 0; l < colouring.of_link.size(); ++l) {
    const auto colour = static_cast<size_t>(colouring.of_link[l]);
    if (placement.capacities()[l] != placement.capacities()[first[colour]]) return false;
    if (SharesOf(placement, l) != SharesOf(placement, first[colour])) return false;
    if (loads.Of(l) != expected[colour]) return false;
  }
  return true;
}

bool TransfersAreAlike(const Placement& placement, const Colouring& colouring) {
  const std::vector<size_t> first = FirstOfEach(colouring.of_transfer, colouring.transfer_colours);
  std::vector<TransferView> expected(first.size());
  for (size_t k = 0; k < first.size(); ++k) expected[k] = ViewOf(placement, colouring, first[k]);
  for (size_t t = 0; t < colouring.of_transfer.size(); ++t) {
    const auto colour = static_cast<size_t>(colouring.of_transfer[t]);
    if (!(ViewOf(placement, colouring, t) == expected[colour])) return false;
  }
  return true;
}

}  // namespace

Colouring RefineColours(const Placement& placement, absl::Span<const int32_t> start) {
  Colouring colouring = Refinement(placement, start).Run();
  TESSERA_CHECK(IsEquitable(placement, colouring));
  return colouring;
}

bool IsEquitable(const Placement& placement, const Colouring& colouring) {
  return TransfersAreAlike(placement, colouring) && LinksAreAlike(placement, colouring);
}

Quotient QuotientOf(const Placement& placement, const Colouring& colouring) {
  Quotient quotient;
  for (const size_t t : FirstOfEach(colouring.of_transfer, colouring.transfer_colours)) {
    TransferView view = ViewOf(placement, colouring, t);
    quotient.transfers.push_back({.bytes = view.bytes,
                                  .head = view.head,
                                  .tail = view.tail,
                                  .leaves_node = view.leaves_node,
                                  .count = 0,
                                  .predecessors = std::move(view.predecessors)});
  }
  for (const int32_t k : colouring.of_transfer) ++quotient.transfers[static_cast<size_t>(k)].count;
  const LinkLoads loads(placement, colouring);
  for (const size_t l : FirstOfEach(colouring.of_link, colouring.link_colours)) {
    const auto number = static_cast<int32_t>(quotient.links.size());
    quotient.links.push_back(
        {.capacity = placement.capacities()[l], .shares = SharesOf(placement, l), .count = 0});
    for (const auto& [k, coefficient] : loads.Of(l)) {
      TESSERA_CHECK(coefficient <= INT32_MAX);
      quotient.transfers[static_cast<size_t>(k)].crossings.push_back(
          {number, static_cast<int32_t>(coefficient)});
    }
  }
  for (const int32_t c : colouring.of_link) ++quotient.links[static_cast<size_t>(c)].count;
  return quotient;
}

}  // namespace tessera
