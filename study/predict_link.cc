// Latency that one more chip on a path adds.
#include "core/status_macros.h"
#include "study/prediction.h"

namespace tessera {
namespace {

// A router that follows a route through two dimensions reads longer headers than one that only goes
// on or stops: tt-metal tech_reports/CCLs, 874 against 711 ns on Wormhole, 619 against 515 ns on
// Blackhole.
constexpr double kTwoDimensionalRouting = 1.215;

}  // namespace

absl::StatusOr<Prediction> PredictLinkLatency(const MeasurementCase& c, const Catalog& catalog) {
  const std::string path = c.task.TextOr("path", "");
  const bool chip_to_chip = path == "tt_ethernet" || path == "groq_c2c";
  if (!chip_to_chip || c.task.TextOr("span", "") != "per_hop") {
    return absl::UnimplementedError("latency of whole paths is not modelled yet");
  }
  TESSERA_ASSIGN_OR_RETURN(const ChipSpec chip, catalog.LoadChip(c.machine.chip));
  if (!chip.scale_up || chip.scale_up->link.empty()) {
    return absl::UnimplementedError("the chip's scale-up link is not known");
  }
  TESSERA_ASSIGN_OR_RETURN(const LinkSpec link, catalog.LoadLink(chip.scale_up->link));
  if (!link.latency) return absl::UnimplementedError("the latency of the link is not published");
  const bool two_dimensional = c.task.TextOr("routing", "") == "2d";
  return Prediction{ToSeconds(*link.latency) * (two_dimensional ? kTwoDimensionalRouting : 1), ""};
}

}  // namespace tessera
