// A communication library made of data (configs/libraries): picks the algorithm and protocol of
// least predicted time and the software costs under which the schedule, run on the fabric without
// contention, takes that time.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectives/collective.h"
#include "configs/system_spec.h"
#include "topology/topology.h"

namespace tessera {

// `topology` outlives the library and is that of `system`. Plans are cheap (closed forms); equal
// requests share one schedule. Safe to call from one thread only.
//
// An algorithm that the request names and the data do not know runs with the constants of the
// library's first algorithm that applies, in the protocol of least predicted time; an operation
// that the data do not know runs so directly. "tree" and "nvls_tree" are other names of
// double_binary_tree and nvls; "custom" is "auto".
//
// `name`: one of system.chip.libraries; "": the first of them that fits. Errors: no library of that
// name has constants for the chip and its links.
absl::StatusOr<std::unique_ptr<CommunicationLibrary>> MakeCommunicationLibrary(
    const SystemSpec& system, const Topology& topology, absl::string_view name);

}  // namespace tessera
