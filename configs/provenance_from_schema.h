// Source and confidence of one block of figures. Private to the room.
#pragma once

#include "configs/chip_spec.h"

namespace tessera {

// `Block` is a message with the fields source and confidence.
template <typename Block>
Provenance ProvenanceOf(const Block& block) {
  // In the order of the schema's enum.
  constexpr Confidence kConfidences[] = {Confidence::kNone,       Confidence::kVendor,
                                         Confidence::kPaper,      Confidence::kRepoMeasured,
                                         Confidence::kThirdParty, Confidence::kDerived,
                                         Confidence::kEstimate};
  return {.source = block.source(), .confidence = kConfidences[block.confidence()]};
}

}  // namespace tessera
