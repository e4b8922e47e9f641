#include "chips/trend.h"

#include "core/math.h"

namespace tessera {
namespace {

void Scale(PrecisionMap<FlopRate>& rates, double factor) {
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto precision = static_cast<Precision>(i);
    const std::optional<FlopRate> rate = rates.Get(precision);
    if (rate) rates.Set(precision, *rate * factor);
  }
}

void Scale(std::optional<Bandwidth>& bandwidth, double factor) {
  if (bandwidth) bandwidth = bandwidth->Scaled(factor);
}

}  // namespace

ChipSpec ScaledCompute(const ChipSpec& chip, double factor) {
  ChipSpec scaled = chip;
  Scale(scaled.matrix_peak, factor);
  Scale(scaled.matrix_peak_sparse, factor);
  if (scaled.vector_peak_fp32) scaled.vector_peak_fp32 = *scaled.vector_peak_fp32 * factor;
  if (scaled.special_functions_per_second) *scaled.special_functions_per_second *= factor;
  if (scaled.sram) Scale(scaled.sram->bandwidth, factor);
  if (scaled.llc) Scale(scaled.llc->bandwidth, factor);
  if (!scaled.overhead) return scaled;
  scaled.overhead->matrix_step = CeilSeconds(ToSeconds(chip.overhead->matrix_step) / factor);
  scaled.overhead->tile_overhead = CeilSeconds(ToSeconds(chip.overhead->tile_overhead) / factor);
  return scaled;
}

ChipSpec ProjectedChip(const ChipSpec& chip, double years, const Trend& trend) {
  ChipSpec later = ScaledCompute(chip, Pow(trend.compute, years / 2));
  later.year += static_cast<int>(years);
  const double memory = Pow(trend.memory, years / 2);
  const double interconnect = Pow(trend.interconnect, years / 2);
  for (MemoryTierSpec& tier : later.memory) tier.bandwidth = tier.bandwidth.Scaled(memory);
  if (later.overhead) Scale(later.overhead->core_bandwidth, memory);
  if (later.scale_up) Scale(later.scale_up->bandwidth_per_direction, interconnect);
  Scale(later.scale_out_bandwidth, interconnect);
  Scale(later.host_bandwidth, interconnect);
  return later;
}

}  // namespace tessera
