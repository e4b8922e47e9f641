#include "fabric/noc/noc_params.h"

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kMostChannels = 64;  // Of all ports of a router: bits of a mask.

struct Range {
  const char* name;
  int value;
  int least;
  int most;
};

absl::Status CheckRange(const Range& range) {
  if (range.value >= range.least && range.value <= range.most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("network on chip: ", range.name, ": found ",
                                                 range.value, "; accepted: ", range.least, " to ",
                                                 range.most));
}

}  // namespace

int NocParams::nodes() const {
  int nodes = 1;
  for (const int extent : extents) nodes *= extent;
  return nodes;
}

absl::Status CheckNoc(const NocParams& params) {
  TESSERA_RETURN_IF_ERROR(CheckRange({"dimensions", params.dimensions(), 1, 4}));
  for (const int extent : params.extents) {
    TESSERA_RETURN_IF_ERROR(CheckRange({"extent", extent, params.wraps ? 3 : 1, 256}));
  }
  const int most_channels = kMostChannels / params.ports();
  for (const Range& range :
       {Range{"nodes", params.nodes(), 1, 1 << 16},
        Range{"virtual_channels", params.virtual_channels, 1, most_channels},
        Range{"buffer_flits", params.buffer_flits, 1, 255},
        Range{"input_speedup", params.input_speedup, 1, params.virtual_channels},
        Range{"crossbar_cycles", params.crossbar_cycles, 1, 64},
        Range{"link_cycles", params.link_cycles, 1, 1024},
        Range{"credit_cycles", params.credit_cycles, 0, 1024}}) {
    TESSERA_RETURN_IF_ERROR(CheckRange(range));
  }
  if (params.virtual_channels % params.input_speedup != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "network on chip: input_speedup: found ", params.input_speedup,
        "; accepted: a divisor of the ", params.virtual_channels, " virtual channels"));
  }
  if (params.wraps && params.datelines && params.virtual_channels < 2) {
    return absl::InvalidArgumentError(
        "network on chip: virtual_channels: found 1; accepted: 2 or more in a torus");
  }
  return absl::OkStatus();
}

}  // namespace tessera
