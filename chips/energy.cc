#include "chips/energy.h"

#include <algorithm>

#include "chips/power.h"

namespace tessera {
namespace {

// Joules a bit where the memory's kind has no figure: on-die SRAM of a megabyte class.
constexpr double kSramEnergyPerBit = 0.15e-12;
// Main memory is about half busy under a saturated matrix unit.
constexpr double kMemoryShareAtPeak = 0.5;
// A vector FLOP beside a matrix one, both at full rate: instructions and operands cost more than
// arithmetic, but the vector unit alone does not reach the design power.
constexpr double kVectorShare = 0.5;

}  // namespace

double LocalMemoryEnergyPerByte(Bytes per_core) {
  if (per_core <= Bytes::KiB(64)) return 0.35e-12;
  return per_core <= Bytes::KiB(256) ? 0.6e-12 : 1.2e-12;
}

std::optional<EnergyRates> EnergyRatesOf(const ChipSpec& spec) {
  if (!spec.tdp) return std::nullopt;
  EnergyRates rates;
  rates.most_watts = spec.tdp->value();
  rates.static_watts = IdlePower(spec);
  double memory_watts = 0;
  rates.per_memory_byte = 8 * kSramEnergyPerBit;
  if (!spec.memory.empty()) {
    const MemoryTierSpec& memory = spec.memory[0];
    if (memory.energy_per_bit) rates.per_memory_byte = 8 * memory.energy_per_bit->value();
    memory_watts = rates.per_memory_byte * static_cast<double>(memory.bandwidth.bytes_per_second());
  }
  const double dynamic =
      std::max(0.0, rates.most_watts - rates.static_watts - kMemoryShareAtPeak * memory_watts);
  const OverheadSpec overhead = spec.overhead.value_or(OverheadSpec{});
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto precision = static_cast<Precision>(i);
    const auto& peak = spec.matrix_peak.Get(precision);
    if (!peak) continue;
    const double clock =
        StorageBits(precision) < 16 ? overhead.sustained_clock_narrow : overhead.sustained_clock;
    rates.per_flop[static_cast<size_t>(i)] =
        dynamic / (peak->value() * overhead.matrix_efficiency * clock);
  }
  if (spec.vector_peak_fp32) {
    rates.per_vector_flop = kVectorShare * dynamic / spec.vector_peak_fp32->value();
  }
  return rates;
}

Energy EnergyOf(const EnergyRates& rates, const EnergyUse& use) {
  const double seconds = ToSeconds(use.time);
  const double work =
      use.matrix_flops.value() * rates.per_flop[static_cast<size_t>(use.precision)] +
      use.vector_flops.value() * rates.per_vector_flop +
      static_cast<double>(use.memory_bytes.count()) * rates.per_memory_byte;
  return Energy(std::min(work + rates.static_watts * seconds, rates.most_watts * seconds));
}

}  // namespace tessera
