#include <algorithm>

#include "absl/strings/str_cat.h"
#include "configs/inside_spec.h"
#include "configs/spec_from_schema.h"
#include "configs/system.pb.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr double kPicosecondsPerSecond = 1e12;

// A link between two units, as far as a chip describes it.
struct ChipLink {
  int64_t bytes_per_second = 0;  // 0: not known.
  int64_t picoseconds = -1;      // -1: not known.
  absl::string_view source;
};

ChipLink LinkBetweenDies(const schema::Chip& chip) {
  const schema::DieToDie& link = chip.die_to_die();
  return {.bytes_per_second = link.bandwidth_both_directions() / 2,
          .picoseconds = link.has_latency() ? link.latency() : -1,
          .source = "die_to_die"};
}

ChipLink LinkBetweenTiles(const schema::Chip& chip) {
  const schema::Noc& noc = chip.noc();
  const double hz = chip.clock().noc();
  ChipLink link{.source = "noc"};
  if (!(hz > 0)) return link;
  link.bytes_per_second = static_cast<int64_t>(noc.bytes_per_cycle_per_link() * hz);
  if (!noc.has_hop_latency_cycles()) return link;
  link.picoseconds = static_cast<int64_t>(noc.hop_latency_cycles() / hz * kPicosecondsPerSecond);
  return link;
}

class InsideReader {
 public:
  InsideReader(const schema::System& system, const std::string& path,
               const PositionTable& positions)
      : system_(system), path_(path), positions_(positions) {}

  absl::StatusOr<InsideSpec> Read() {
    InsideSpec inside;
    int ranks = system_.ranks_per_chip();
    if (system_.inside().has_dies()) {
      TESSERA_ASSIGN_OR_RETURN(inside.dies, Unit("dies", system_.inside().dies(),
                                                 LinkBetweenDies(system_.chip()), ranks));
      if (ranks % inside.dies->homes != 0 || inside.dies->homes != SizeOf(*inside.dies)) {
        return Refuse("dies.shape", absl::StrCat(SizeOf(*inside.dies), " dies for ranks_per_chip ",
                                                 ranks, "; accepted: as many ranks on each die"));
      }
      ranks /= inside.dies->homes;
    }
    if (system_.inside().has_tiles()) {
      TESSERA_ASSIGN_OR_RETURN(inside.tiles, Unit("tiles", system_.inside().tiles(),
                                                  LinkBetweenTiles(system_.chip()), ranks));
    }
    return inside;
  }

 private:
  static int SizeOf(const UnitSpec& unit) {
    int size = 1;
    for (const int extent : unit.extents) size *= extent;
    return size;
  }

  absl::Status Refuse(absl::string_view key, absl::string_view what) const {
    const std::string full = absl::StrCat(path_, path_.empty() ? "" : ".", "inside.", key);
    return ErrorAt(positions_.Of(full), absl::StrCat(full, ": ", what));
  }

  // Of which `ranks` lie in each chip or die.
  absl::StatusOr<UnitSpec> Unit(const std::string& key, const schema::UnitGrid& unit,
                                const ChipLink& link, int ranks) const {
    const int64_t rate = unit.has_bandwidth() ? unit.bandwidth() : link.bytes_per_second;
    const int64_t latency = unit.has_latency() ? unit.latency() : link.picoseconds;
    if (rate <= 0 || latency < 0) {
      const char* missing = rate <= 0 ? "bandwidth" : "latency";
      return Refuse(
          key, absl::StrCat("the ", missing, " of their links is not known; accepted: ", key, ".",
                            missing, ", or a chip whose ", link.source, " has it"));
    }
    UnitSpec spec{.extents = {unit.shape().begin(), unit.shape().end()},
                  .wraps = unit.wraps(),
                  .bandwidth = Bandwidth::BytesPerSecond(rate),
                  .latency = Duration(latency),
                  .ports = unit.ports()};
    int64_t size = 1;
    for (const int extent : spec.extents) size = std::min<int64_t>(size * extent, 1 << 20);
    if (spec.extents.empty() || size > 4096) {
      return Refuse(key + ".shape", absl::StrCat(size > 4096 ? "more than 4,096 " : "no number of ",
                                                 key, "; accepted: extents such as [2, 2]"));
    }
    if (size % ranks != 0 && ranks % size != 0) {
      return Refuse(key + ".shape", absl::StrCat(size, " ", key, " for ", ranks,
                                                 " ranks; accepted: a multiple or a divisor"));
    }
    spec.homes = static_cast<int>(std::min<int64_t>(size, ranks));
    return spec;
  }

  const schema::System& system_;
  const std::string& path_;
  const PositionTable& positions_;
};

}  // namespace

absl::StatusOr<InsideSpec> InsideFromSchema(const schema::System& system, const std::string& path,
                                            const PositionTable& positions) {
  return InsideReader(system, path, positions).Read();
}

}  // namespace tessera
