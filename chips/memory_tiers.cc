#include "chips/memory_tiers.h"

#include <algorithm>

namespace tessera {

Duration TimePerLayer(const LayerStream& stream) {
  return std::max(stream.compute, TransferTime(stream.layer, stream.link));
}

Duration ExposedStall(const LayerStream& stream) {
  return (TimePerLayer(stream) - stream.compute) * (stream.layers - 1);
}

double TieredReadTime(Bytes bytes, absl::Span<const TierShare> tiers, bool side_by_side) {
  double longest = 0;
  double sum = 0;
  for (const TierShare& tier : tiers) {
    const double seconds = tier.fraction * static_cast<double>(bytes.count()) /
                           static_cast<double>(tier.bandwidth.bytes_per_second());
    longest = std::max(longest, seconds);
    sum += seconds;
  }
  return side_by_side ? longest : sum;
}

ChipSpec HoldingOrStreaming(const ChipSpec& spec, Bytes footprint) {
  const bool from_sram =
      spec.style == ExecutionStyle::kWaferScale || spec.style == ExecutionStyle::kBulkSynchronous;
  ChipSpec chip = spec;
  if (from_sram && chip.sram && footprint > chip.sram->total) chip.sram->total = Bytes(0);
  return chip;
}

Bytes CacheTraffic(Bytes footprint, Bytes capacity) {
  return footprint <= capacity ? Bytes(0) : footprint;
}

Bytes ScratchpadReuseTraffic(Bytes footprint, Bytes capacity) {
  return std::max(Bytes(0), footprint - capacity);
}

}  // namespace tessera
