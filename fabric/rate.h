// Whole numbers inside the fluid solver. Rates are multiples of 2^-18 byte/s and work is their
// product with picoseconds, so sums of rates and integrals over time are exact: they do not depend
// on the order of flows, on when a flow was last looked at, or on what else the solver holds.
// A rate of 1 GB/s is rounded by less than 4e-15 of itself; a link may carry up to 35 TB/s.
#pragma once

#include <cstdint>
#include <limits>

#include "core/check.h"
#include "core/units.h"

namespace tessera {

using RateUnits = int64_t;                 // 2^-18 byte/s.
__extension__ using WorkUnits = __int128;  // 2^-18 byte/s times 1 ps.

inline constexpr int kRateShift = 18;
inline constexpr RateUnits kNoRate = std::numeric_limits<RateUnits>::max();  // No limit.

// The largest rate that a link may have.
inline constexpr Bandwidth kMaxLinkBandwidth =
    Bandwidth::BytesPerSecond(std::numeric_limits<RateUnits>::max() >> kRateShift);

inline RateUnits ToRateUnits(Bandwidth bandwidth) {
  TESSERA_CHECK(bandwidth <= kMaxLinkBandwidth);
  return bandwidth.bytes_per_second() << kRateShift;
}

inline WorkUnits ToWorkUnits(Bytes bytes) {
  return (WorkUnits{bytes.count()} << kRateShift) * 1'000'000'000'000;
}

}  // namespace tessera
