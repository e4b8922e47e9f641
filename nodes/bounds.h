// Physical lower bounds: no computation beats the chip's peak rate or memory bandwidth, no traffic
// its links. A result below a bound is a fault of ours and ends the run with the numbers.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "configs/chip_spec.h"
#include "core/units.h"
#include "partition/program.h"
#include "topology/topology.h"

namespace tessera {

// Errors: `total` is below `bound` by more than the rounding of a fluid solver's doubles.
absl::Status CheckBound(absl::string_view what, Duration total, Duration bound);

struct BoundInput {
  const ProgramSet& programs;
  const ChipSpec& chip;
  int ranks_per_chip = 1;
  const Topology& topology;
  absl::Span<const Bytes> link_bytes;
  Duration makespan{};
};
// The largest bound on the makespan. Errors: a program whose computations are shorter than the
// chip's highest rate or the bandwidth of its main memory allows, a makespan below a bound.
absl::StatusOr<Duration> CheckBounds(const BoundInput& input);

// The chip's highest dense rate, or sparse one where it has it, over all precisions.
FlopRate HighestRate(const ChipSpec& chip);

}  // namespace tessera
