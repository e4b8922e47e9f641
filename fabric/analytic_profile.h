// The analytic model of a schedule: every transfer has the links of its route for itself, so it
// takes its latencies plus its bytes over the slowest link (or the rate cap). No contention, hence
// never later than the fluid model; but no rank is over before each of its links could have carried
// all that the whole schedule puts on it, and the run not before any link could.
//
// One transfer: ready + software latency + link latencies + bytes / rate, each rounded up to whole
// picoseconds. Ready: when its last predecessor is over (fabric/schedule_runner.h).
#pragma once

#include "fabric/placement.h"
#include "fabric/profile.h"

namespace tessera {

// Linear in transfers, predecessors and crossings. The busy time of a link is that of its bytes one
// after another.
Profile MakeAnalyticProfile(const Placement& placement, const TransferCosts& costs);

}  // namespace tessera
