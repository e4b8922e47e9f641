// Data spread over memories of different speed, and what caches and scratchpads make of reuse.
// Domain notes 5.
#pragma once

#include "absl/types/span.h"
#include "configs/chip_spec.h"
#include "core/units.h"

namespace tessera {

// Layers whose weights stream from a farther memory while the layer before computes.
struct LayerStream {
  Bytes layer;
  Bandwidth link;
  Duration compute{};  // Of one layer.
  int layers = 1;
};
// The slower of the two, once the pipeline runs.
Duration TimePerLayer(const LayerStream& stream);
// Waiting over all layers; the first one's weights are there at the start.
Duration ExposedStall(const LayerStream& stream);

// Chips that compute out of SRAM with a slow memory behind it (wafers, IPUs) and hold the model
// there or not at all: where `footprint`, weights and cache of one chip, does not fit, every
// operator fetches its weights. Other chips are as they were.
ChipSpec HoldingOrStreaming(const ChipSpec& spec, Bytes footprint);

// Part of the bytes that one tier gives.
struct TierShare {
  double fraction = 1;
  Bandwidth bandwidth;
};
// Seconds to read `bytes`: the slowest tier when they stream side by side, the sum one by one.
double TieredReadTime(Bytes bytes, absl::Span<const TierShare> tiers, bool side_by_side);

// Bytes that each pass over `footprint` bytes, read again and again in the same order, moves from
// the memory behind: a cache that replaces the least recently used line keeps nothing it will need
// once the footprint exceeds it (a cliff), a managed scratchpad keeps its capacity (a slope).
Bytes CacheTraffic(Bytes footprint, Bytes capacity);
Bytes ScratchpadReuseTraffic(Bytes footprint, Bytes capacity);

}  // namespace tessera
