#include "fabric/colouring.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "fabric/link_shares.h"

namespace tessera {
namespace {

// The first transfer or link of each colour.
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
