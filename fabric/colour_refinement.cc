#include "fabric/colour_refinement.h"

#include <utility>

#include "core/check.h"
#include "fabric/link_shares.h"
#include "fabric/numbering.h"

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
    Numbering<Key> numbers;
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
    Numbering<Key> numbers;
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
    Numbering<Key> numbers;
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
    Numbering<Key> numbers;
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

}  // namespace

Colouring RefineColours(const Placement& placement, absl::Span<const int32_t> start) {
  Colouring colouring = Refinement(placement, start).Run();
  TESSERA_CHECK(IsEquitable(placement, colouring));
  return colouring;
}

}  // namespace tessera
