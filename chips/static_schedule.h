// Groq: one deterministic instruction stream over functional slices; weights stay in SRAM, spread
// over as many chips as they need, and stream through the matrix planes. No caches, no arbitration:
// an operator takes the same cycles every time, and nothing is launched.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no array extents, SRAM bandwidth, core count or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeStaticScheduleChip(const ChipSpec& spec);

// Work that varies from piece to piece, under two ways of scheduling it. Domain notes 5.
struct VaryingWork {
  double total = 0;           // Seconds of one unit.
  double mean_over_most = 1;  // Mean over largest piece: what a static plan that pads keeps busy.
  int units = 1;
};
// Pads every piece to the largest: no overhead, idle time instead.
double StaticPlanTime(const VaryingWork& work);
// Pieces of `quantum` seconds go to whoever is free, each at `overhead` seconds:
// (total / units) (1 + overhead / quantum) + quantum.
double DynamicPlanTime(const VaryingWork& work, double quantum, double overhead);
// The quantum that makes the latter shortest: sqrt(total overhead / units).
double BestQuantum(const VaryingWork& work, double overhead);

}  // namespace tessera
