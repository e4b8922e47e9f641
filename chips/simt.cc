#include "chips/simt.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chips/simt_rates.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

bool IsNarrow(Precision precision) { return StorageBits(precision) < 16; }

// Unknown: every core takes a line's half (64 bytes) a cycle, the port width of GPU cores.
double CacheBandwidth(const ChipSpec& spec) {
  if (spec.llc && spec.llc->bandwidth) {
    return static_cast<double>(spec.llc->bandwidth->bytes_per_second());
  }
  return spec.core_count * 64 * spec.matrix_ghz * 1e9;
}

class SimtChip : public ChipModel {
 public:
  explicit SimtChip(const ChipSpec& spec);

  const ChipSpec& spec() const override { return spec_; }
  absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const override;

 private:
  absl::Status CheckPrecision(const Operator& op) const;
  Duration Launch(LaunchMode mode) const;

  ChipSpec spec_;
  SimtRates rates_;
};

SimtChip::SimtChip(const ChipSpec& spec) : spec_(spec) {
  const OverheadSpec& overhead = *spec.overhead;
  const auto cores = static_cast<double>(spec.core_count);
  rates_.cores = cores;
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto precision = static_cast<Precision>(i);
    const auto place = static_cast<size_t>(i);
    if (const auto& peak = spec.matrix_peak.Get(precision)) {
      rates_.core_flops[place] = peak->value() * overhead.matrix_efficiency / cores;
    }
    rates_.clock[place] =
        IsNarrow(precision) ? overhead.sustained_clock_narrow : overhead.sustained_clock;
  }
  const double vector = spec.vector_peak_fp32 ? spec.vector_peak_fp32->value() : 0;
  rates_.core_vector_flops = vector * overhead.vector_efficiency / cores;
  // Unknown: a quarter of the fused multiply-adds, the ratio of every GPU described.
  rates_.core_special_functions = spec.special_functions_per_second.value_or(vector / 8) / cores;
  const MemoryTierSpec& memory = spec.memory[0];
  const auto peak = static_cast<double>(memory.bandwidth.bytes_per_second());
  rates_.read_bandwidth = peak * memory.achieved_fraction;
  rates_.write_bandwidth = peak * memory.achieved_write_fraction.value_or(memory.achieved_fraction);
  rates_.tile_read_bandwidth = rates_.read_bandwidth * overhead.matrix_memory_fraction;
  rates_.cluster_cores = overhead.cluster_cores;
  rates_.matrix_step = ToSeconds(overhead.matrix_step);
  rates_.tile_overhead = ToSeconds(overhead.tile_overhead);
  rates_.tile_columns_step = overhead.tile_columns_step;
  rates_.core_bandwidth = overhead.core_bandwidth
                              ? static_cast<double>(overhead.core_bandwidth->bytes_per_second())
                              : peak;
  rates_.cache_bytes = spec.llc ? static_cast<double>(spec.llc->total.count()) : 0;
  rates_.cache_bandwidth = CacheBandwidth(spec) * overhead.cache_fraction;
  rates_.matrix_prologue = ToSeconds(overhead.matrix_prologue);
  rates_.memory_operation = ToSeconds(overhead.memory_operation);
}

absl::Status SimtChip::CheckPrecision(const Operator& op) const {
  if (op.kind == OperatorKind::kVector || spec_.matrix_peak.Get(op.compute)) {
    return absl::OkStatus();
  }
  std::vector<std::string> known;
  for (int i = 0; i < kPrecisionCount; ++i) {
    if (spec_.matrix_peak.Get(static_cast<Precision>(i))) {
      known.emplace_back(PrecisionName(static_cast<Precision>(i)));
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("chip \"", spec_.name, "\" has no ",
                                                 PrecisionName(op.compute), " matrix rate; it has ",
                                                 absl::StrJoin(known, ", ")));
}

Duration SimtChip::Launch(LaunchMode mode) const {
  switch (mode) {
    case LaunchMode::kGraph:
      return spec_.overhead->kernel_launch_graph;
    case LaunchMode::kStream:
      return spec_.overhead->kernel_launch;
    case LaunchMode::kFramework:
      break;
  }
  return spec_.overhead->framework_call;
}

Limiter LimiterOf(const KernelTime& time, double launch) {
  const double work = std::max({time.matrix, time.vector, time.memory});
  if (launch + time.fixed > work) return Limiter::kLaunch;
  if (time.memory >= time.matrix && time.memory >= time.vector) return Limiter::kMemory;
  return time.matrix >= time.vector ? Limiter::kMatrix : Limiter::kVector;
}

absl::StatusOr<OperatorCost> SimtChip::Cost(const Operator& op, const ChipUse& use) const {
  TESSERA_RETURN_IF_ERROR(CheckPrecision(op));
  SimtRates rates = rates_;
  rates.cores = std::max(1.0, std::floor(rates.cores * use.compute_share));
  KernelTime time;
  switch (op.kind) {
    case OperatorKind::kGemm:
      time = SimtGemm(op, rates);
      break;
    case OperatorKind::kAttention:
      time = SimtAttention(op, rates);
      break;
    case OperatorKind::kVector:
      time = SimtVector(op, rates);
      break;
  }
  const Duration launch = Launch(use.launch);
  OperatorCost cost;
  cost.time = (CeilSeconds(time.total) + launch) * op.count;
  cost.matrix_time = CeilSeconds(time.matrix) * op.count;
  cost.vector_time = CeilSeconds(time.vector) * op.count;
  cost.memory_time = CeilSeconds(time.memory) * op.count;
  cost.overhead = (CeilSeconds(time.fixed) + launch) * op.count;
  cost.matrix_flops = MatrixFlops(op);
  cost.memory_bytes = Bytes(static_cast<int64_t>(time.memory_bytes)) * op.count;
  cost.limiter = LimiterOf(time, ToSeconds(launch));
  return cost;
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
  const auto missing = [&](absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("chip \"", spec.name, "\": ", what, ", which its execution style needs"));
  };
  if (spec.core_count < 1) return missing("no core count");
  if (spec.memory.empty()) return missing("no main memory");
  if (!spec.vector_peak_fp32) return missing("no fp32 vector rate");
  if (!spec.overhead) return missing("no overhead block");
  return std::make_unique<SimtChip>(spec);
}

}  // namespace tessera
