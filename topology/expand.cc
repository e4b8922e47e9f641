#include "topology/expand.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/check.h"
#include "topology/routing.h"

namespace tessera {
namespace {

// How the vertices of both graphs correspond: homes chip by chip, then the other units, then what
// was no chip.
class Expansion {
 public:
  Expansion(std::unique_ptr<const Topology> coarse, const UnitParams& unit)
      : coarse_(std::move(coarse)),
        unit_(unit),
        grid_{.first = 0, .extents = unit.extents, .wraps = unit.wraps},
        size_(grid_.size()) {
    TESSERA_CHECK(unit.homes >= 1 && size_ % unit.homes == 0 && unit.ports >= 1);
    DivideLinks();
  }

  const Topology& coarse() const { return *coarse_; }
  const UnitParams& unit() const { return unit_; }
  const GridShape& grid() const { return grid_; }
  int size() const { return size_; }
  int apart() const { return size_ / unit_.homes; }  // From one home to the next.
  bool IsChip(VertexId coarse) const { return coarse < coarse_->chips(); }
  bool IsHome(int position) const { return position % apart() == 0; }

  VertexId UnitAt(ChipId chip, int position) const {
    if (IsHome(position)) return chip * unit_.homes + position / apart();
    const int others = size_ - unit_.homes;
    return coarse_->chips() * unit_.homes + chip * others + position - position / apart() - 1;
  }
  // Of what is no chip in `coarse`.
  VertexId Kept(VertexId coarse) const { return coarse_->chips() * (size_ - 1) + coarse; }

  struct Place {
    VertexId coarse = 0;
    int position = 0;  // In a chip.
  };
  Place PlaceOf(VertexId fine) const {
    const int homes = coarse_->chips() * unit_.homes;
    if (fine < homes) return {fine / unit_.homes, fine % unit_.homes * apart()};
    if (fine >= coarse_->chips() * size_) return {fine - coarse_->chips() * (size_ - 1), 0};
    const int others = size_ - unit_.homes;
    const int other = (fine - homes) % others;
    return {(fine - homes) / others, other / (apart() - 1) * apart() + other % (apart() - 1) + 1};
  }
  VertexId VertexOf(const Place& place) const {
    return IsChip(place.coarse) ? UnitAt(place.coarse, place.position) : Kept(place.coarse);
  }

  // The parts of a link of `coarse`: where each is attached at either end, which is 0 where that is
  // no chip.
  struct Part {
    int at_source = 0;
    int at_target = 0;
  };
  absl::Span<const Part> PartsOf(LinkId link) const {
    const auto first = first_part_[static_cast<size_t>(link)];
    return absl::MakeConstSpan(parts_).subspan(first,
                                               first_part_[static_cast<size_t>(link) + 1] - first);
  }

 private:
  void DivideLinks() {
    for (size_t l = 0; l < coarse_->links().size(); ++l) {
      const Link& link = coarse_->links()[l];
      first_part_.push_back(parts_.size());
      const bool divides = IsChip(link.source) || IsChip(link.target);
      const RingStep step = StepOf(static_cast<LinkId>(l));
      const int most = step.dimension < 0 ? size_ : size_ / ExtentOf(step.dimension);
      const int parts = divides ? std::min(unit_.ports, most) : 1;
      const bool up = (link.target > link.source) != step.closes;
      for (int part = 0; part < parts; ++part) {
        const Division cut = {step.dimension, part * most / parts, parts};
        parts_.push_back({.at_source = PortOf({link.source, link.target}, cut, up),
                          .at_target = PortOf({link.target, link.source}, cut, !up)});
      }
    }
    first_part_.push_back(parts_.size());
  }

  // Along which dimension of the units the link goes; off their grid: of none.
  RingStep StepOf(LinkId link) const {
    const RingStep step = coarse_->RingStepOf(link);
    return step.dimension < static_cast<int>(unit_.extents.size()) ? step : RingStep{};
  }
  int ExtentOf(int dimension) const { return unit_.extents[static_cast<size_t>(dimension)]; }

  // One part of a link: along which dimension (-1: none), its place among the units that could take
  // it, and how many parts there are.
  struct Division {
    int dimension = -1;
    int place = 0;
    int parts = 1;
  };

  // Where the part meets `ends.source`: on the upper or lower edge of its dimension, or, of all
  // units, shifted for each neighbour.
  int PortOf(RouteEnds ends, const Division& cut, bool upper) const {
    if (!IsChip(ends.source)) return 0;
    if (cut.dimension >= 0) return OnEdge(cut.dimension, upper, cut.place);
    const auto [first, end] = coarse_->LinksFrom(ends.source);
    const LinkId link = coarse_->FindLink(ends.source, ends.target);
    const int number = link < 0 ? 0 : link - first;
    return (cut.place + number * size_ / std::max(1, (end - first) * cut.parts)) % size_;
  }
  // The unit number `place` of those at an end of a dimension.
  int OnEdge(int dimension, bool upper, int place) const {
    int stride = 1;
    for (int d = 0; d < dimension; ++d) stride *= ExtentOf(d);
    const int extent = ExtentOf(dimension);
    const int lower = place / stride * stride * extent + place % stride;
    return upper ? lower + stride * (extent - 1) : lower;
  }

  std::unique_ptr<const Topology> coarse_;
  UnitParams unit_;
  GridShape grid_;
  int size_;
  std::vector<size_t> first_part_;  // Of each link, and one past the last.
  std::vector<Part> parts_;
};

class ExpandedRoutes final : public RoutePolicy {
 public:
  explicit ExpandedRoutes(std::unique_ptr<const Expansion> expansion)
      : expansion_(std::move(expansion)) {}

  int ways() const override { return expansion_->coarse().ways(); }
  int SharesOf(const Link& link) const override {
    const LinkId outer = OuterLink(link);
    return outer < 0 ? ways() : expansion_->coarse().SharesOf(outer);
  }
  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    AppendOne(topology, ends, 0, route);
  }

  void AppendOne(const Topology& topology, RouteEnds ends, int way,
                 std::vector<LinkId>& route) const override {
    const Expansion& x = *expansion_;
    Expansion::Place at = x.PlaceOf(ends.source);
    const Expansion::Place target = x.PlaceOf(ends.target);
    std::vector<VertexId> passed = {ends.source};
    if (at.coarse != target.coarse) {
      for (const LinkId id : x.coarse().Way(at.coarse, target.coarse, way)) {
        const Link& link = x.coarse().links()[static_cast<size_t>(id)];
        const Expansion::Part part = ChoosePart(id, at, ends.target);
        if (x.IsChip(link.source)) Walk(at, part.at_source, passed);
        at = {link.target, part.at_target};
        passed.push_back(x.VertexOf(at));
      }
      if (at.coarse != target.coarse) return;  // There is no way.
    }
    if (x.IsChip(at.coarse)) Walk(at, target.position, passed);
    AppendWay(topology, passed, route);
  }

  // The dimensions of the units, then those of the chips.
  RingStep RingStepOf(const Topology& /*topology*/, const Link& link) const override {
    const Expansion& x = *expansion_;
    const LinkId outer = OuterLink(link);
    if (outer < 0) {
      const int from = x.PlaceOf(link.source).position;
      const int to = x.PlaceOf(link.target).position;
      return RingStepOn(x.grid(), {from, to});
    }
    RingStep step = x.coarse().RingStepOf(outer);
    if (step.dimension >= 0) step.dimension += static_cast<int>(x.grid().extents.size());
    return step;
  }

 private:
  // -1: between units of one chip.
  LinkId OuterLink(const Link& link) const {
    const VertexId from = expansion_->PlaceOf(link.source).coarse;
    const VertexId to = expansion_->PlaceOf(link.target).coarse;
    return from == to ? -1 : expansion_->coarse().FindLink(from, to);
  }

  Expansion::Part ChoosePart(LinkId link, const Expansion::Place& at, VertexId target) const {
    const absl::Span<const Expansion::Part> parts = expansion_->PartsOf(link);
    Expansion::Part best = parts[static_cast<size_t>(target) % parts.size()];
    if (!expansion_->IsChip(at.coarse)) return best;
    size_t fewest = Hops(at.position, best.at_source);
    for (const Expansion::Part& part : parts) {
      const size_t hops = Hops(at.position, part.at_source);
      if (hops >= fewest) continue;
      fewest = hops;
      best = part;
    }
    return best;
  }
  size_t Hops(int from, int to) const {
    std::vector<int> way;
    AppendGridWay(expansion_->grid(), from, to, way);
    return way.size();
  }
  // From `at` to another position of the same chip.
  void Walk(const Expansion::Place& at, int to, std::vector<VertexId>& passed) const {
    std::vector<int> way;
    AppendGridWay(expansion_->grid(), at.position, to, way);
    for (const int position : way) passed.push_back(expansion_->UnitAt(at.coarse, position));
  }

  std::unique_ptr<const Expansion> expansion_;
};

void AddVertices(const Expansion& x, TopologyBuilder& builder) {
  const Topology& coarse = x.coarse();
  for (const bool homes : {true, false}) {
    for (ChipId chip = 0; chip < coarse.chips(); ++chip) {
      const Vertex& whole = coarse.vertices()[static_cast<size_t>(chip)];
      for (int position = 0; position < x.size(); ++position) {
        if (x.IsHome(position) != homes) continue;
        builder.AddVertex({.kind = homes ? VertexKind::kChip : VertexKind::kSwitch,
                           .node = whole.node,
                           .name = absl::StrCat(whole.name, "/", x.unit().name, position)});
      }
    }
  }
  for (size_t v = static_cast<size_t>(coarse.chips()); v < coarse.vertices().size(); ++v) {
    builder.AddVertex(coarse.vertices()[v]);
  }
}

void AddUnitLinks(const Expansion& x, TopologyBuilder& builder) {
  int stride = 1;
  for (const int extent : x.grid().extents) {
    for (int position = 0; position < x.size(); ++position) {
      const int at = position / stride % extent;
      int next = -1;
      if (at + 1 < extent) next = position + stride;
      if (at + 1 == extent && x.grid().wraps && extent > 2) next = position - at * stride;
      if (next < 0) continue;
      for (ChipId chip = 0; chip < x.coarse().chips(); ++chip) {
        builder.AddCable(x.UnitAt(chip, position), x.UnitAt(chip, next), x.unit().link);
      }
    }
    stride *= extent;
  }
}

void AddOuterLinks(const Expansion& x, TopologyBuilder& builder) {
  const absl::Span<const Link> links = x.coarse().links();
  for (size_t l = 0; l < links.size(); ++l) {
    const absl::Span<const Expansion::Part> parts = x.PartsOf(static_cast<LinkId>(l));
    Link link = links[l];
    link.bandwidth = Bandwidth::BytesPerSecond(link.bandwidth.bytes_per_second() /
                                               static_cast<int64_t>(parts.size()));
    for (const Expansion::Part& part : parts) {
      link.source = x.VertexOf({links[l].source, part.at_source});
      link.target = x.VertexOf({links[l].target, part.at_target});
      builder.AddLink(link);
    }
  }
}

}  // namespace

std::unique_ptr<Topology> Expand(std::unique_ptr<const Topology> coarse, const UnitParams& unit) {
  auto expansion = std::make_unique<const Expansion>(std::move(coarse), unit);
  TopologyBuilder builder;
  AddVertices(*expansion, builder);
  AddUnitLinks(*expansion, builder);
  AddOuterLinks(*expansion, builder);
  const Topology& whole = expansion->coarse();
  TopologyBuilder::Options options{.chips_per_node = whole.chips_per_node() * unit.homes};
  for (int node = 0; node < whole.nodes() && whole.reducing_switch(node) >= 0; ++node) {
    options.reducing_switches.push_back(expansion->Kept(whole.reducing_switch(node)));
  }
  options.routes = std::make_unique<ExpandedRoutes>(std::move(expansion));
  return std::move(builder).BuildConnected(std::move(options));
}

}  // namespace tessera
