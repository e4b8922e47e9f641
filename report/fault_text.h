// The faults of a scenario in words.
#pragma once

#include <string>

#include "absl/types/span.h"
#include "configs/fault_spec.h"

namespace tessera {

// "leaf0 -> spine1 down from 2 ms to 5 ms, again every 10 ms"; "node0/chip3 computes at 80 %".
std::string FaultText(const FaultSpec& fault);

// All of them, "; " between.
std::string FaultsText(absl::Span<const FaultSpec> faults);

}  // namespace tessera
