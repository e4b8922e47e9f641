#include "chips/simt.h"

#include <cmath>

#include "chips/simt_rates.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Unknown: every core takes half a line (64 bytes) a cycle, the port width of GPU cores.
double CacheBandwidth(const ChipSpec& spec) {
  if (spec.llc && spec.llc->bandwidth) {
    return static_cast<double>(spec.llc->bandwidth->bytes_per_second());
  }
  return spec.core_count * 64 * spec.matrix_ghz * 1e9;
}

void SetCompute(const ChipSpec& spec, SimtRates& rates) {
  const OverheadSpec& overhead = *spec.overhead;
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto precision = static_cast<Precision>(i);
    const auto place = static_cast<size_t>(i);
    rates.core_flops[place] = MatrixRate(spec, precision) / rates.cores;
    rates.clock[place] =
        StorageBits(precision) < 16 ? overhead.sustained_clock_narrow : overhead.sustained_clock;
  }
  const double vector = VectorRate(spec, 0);
  rates.core_vector_flops = vector / rates.cores;
  // Unknown: one for eight fused multiply-adds a cycle, the ratio of the GPUs described.
  rates.core_special_functions =
      spec.special_functions_per_second.value_or(vector / 16) / rates.cores;
}

SimtRates RatesOf(const ChipSpec& spec) {
  const OverheadSpec& overhead = *spec.overhead;
  SimtRates rates;
  rates.cores = spec.core_count;
  SetCompute(spec, rates);
  rates.read_bandwidth = ReadBandwidth(spec);
  rates.write_bandwidth = WriteBandwidth(spec);
  rates.tile_read_bandwidth = rates.read_bandwidth * overhead.matrix_memory_fraction;
  rates.core_bandwidth = overhead.core_bandwidth
                             ? static_cast<double>(overhead.core_bandwidth->bytes_per_second())
                             : rates.read_bandwidth;
  rates.cache_bytes = spec.llc ? static_cast<double>(spec.llc->total.count()) : 0;
  rates.cache_bandwidth = CacheBandwidth(spec) * overhead.cache_fraction;
  rates.cluster_cores = overhead.cluster_cores;
  rates.exposed_result = overhead.exposed_memory;
  rates.matrix_step = ToSeconds(overhead.matrix_step);
  rates.tile_overhead = ToSeconds(overhead.tile_overhead);
  rates.tile_columns_step = overhead.tile_columns_step;
  rates.matrix_prologue = ToSeconds(overhead.matrix_prologue);
  rates.memory_operation = ToSeconds(overhead.memory_operation);
  return rates;
}

class SimtChip final : public KernelChip {
 public:
  explicit SimtChip(const ChipSpec& spec) : KernelChip(spec), rates_(RatesOf(spec)) {}

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  SimtRates rates_;
};

KernelTime SimtChip::Kernel(const Operator& op, const ChipUse& use) const {
  SimtRates rates = rates_;
  rates.cores = std::max(1.0, std::floor(rates.cores * use.cores()));
  for (double* shared : {&rates.read_bandwidth, &rates.write_bandwidth, &rates.tile_read_bandwidth,
                         &rates.cache_bytes, &rates.cache_bandwidth}) {
    *shared *= use.chip_share;
  }
  switch (op.kind) {
    case OperatorKind::kGemm:
      return SimtGemm(op, rates);
    case OperatorKind::kAttention:
      return SimtAttention(op, rates);
    case OperatorKind::kVector:
      break;
  }
  return SimtVector(op, rates);
}

}  // namespace

KernelTime SimtVector(const Operator& op, const SimtRates& rates) {
  const auto read = static_cast<double>(op.read.count());
  const auto written = static_cast<double>(op.written.count());
  const double drawn = std::min(rates.read_bandwidth, rates.cores * rates.core_bandwidth);
  KernelTime time;
  time.memory_bytes = read + written;
  time.memory = read / drawn + written / std::min(drawn, rates.write_bandwidth);
  time.vector = op.vector_flops.value() / (rates.core_vector_flops * rates.cores);
  time.fixed = rates.memory_operation;
  time.total = time.fixed + std::max(time.memory, time.vector);
  return time;
}

absl::StatusOr<std::unique_ptr<ChipModel>> MakeSimtChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  if (spec.memory.empty()) return MissingFigure(spec, "no main memory");
  if (!spec.vector_peak_fp32) return MissingFigure(spec, "no fp32 vector rate");
  return std::make_unique<SimtChip>(spec);
}

}  // namespace tessera
