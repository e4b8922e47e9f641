#include "chips/kernel_chip.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

Limiter LimiterOf(const KernelTime& time, double launch) {
  const double work = std::max({time.matrix, time.vector, time.memory});
  if (launch + time.fixed > work) return Limiter::kLaunch;
  if (time.memory >= time.matrix && time.memory >= time.vector) return Limiter::kMemory;
  return time.matrix >= time.vector ? Limiter::kMatrix : Limiter::kVector;
}

// Of the peak: SRAM where there is no memory off the die.
double PeakBandwidth(const ChipSpec& spec) {
  if (!spec.memory.empty()) {
    return static_cast<double>(spec.memory[0].bandwidth.bytes_per_second());
  }
  return static_cast<double>(spec.sram->bandwidth->bytes_per_second());
}

}  // namespace

Limiter LongestOf(const OperatorCost& cost) {
  const Duration work = std::max({cost.matrix_time, cost.vector_time, cost.memory_time});
  if (cost.overhead > work) return Limiter::kLaunch;
  if (cost.memory_time == work) return Limiter::kMemory;
  return cost.matrix_time == work ? Limiter::kMatrix : Limiter::kVector;
}

absl::Status MissingFigure(const ChipSpec& spec, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("chip \"", spec.name, "\": ", what, ", which its execution style needs"));
}

absl::Status CheckCommonFigures(const ChipSpec& spec) {
  if (spec.core_count < 1) return MissingFigure(spec, "no core count");
  if (!spec.overhead) return MissingFigure(spec, "no overhead block");
  const bool has_sram_bandwidth = spec.sram && spec.sram->bandwidth;
  if (spec.memory.empty() && !has_sram_bandwidth) {
    return MissingFigure(spec, "neither main memory nor SRAM bandwidth");
  }
  return absl::OkStatus();
}

double MatrixRate(const ChipSpec& spec, Precision precision) {
  const auto& peak = spec.matrix_peak.Get(precision);
  return peak ? peak->value() * spec.overhead->matrix_efficiency : 0;
}

double VectorRate(const ChipSpec& spec, double fallback) {
  const double peak = spec.vector_peak_fp32 ? spec.vector_peak_fp32->value() : fallback;
  return peak * spec.overhead->vector_efficiency;
}

double ReadBandwidth(const ChipSpec& spec) {
  return PeakBandwidth(spec) * (spec.memory.empty() ? 1 : spec.memory[0].achieved_fraction);
}

double WriteBandwidth(const ChipSpec& spec) {
  if (spec.memory.empty()) return PeakBandwidth(spec);
  const MemoryTierSpec& memory = spec.memory[0];
  return PeakBandwidth(spec) * memory.achieved_write_fraction.value_or(memory.achieved_fraction);
}

double WideningFlops(const Operator& op) {
  if (StorageBits(op.weights) >= StorageBits(op.compute)) return 0;
  return static_cast<double>(op.groups) * static_cast<double>(op.k) * static_cast<double>(op.n);
}

absl::Status KernelChip::CheckPrecision(const Operator& op) const {
  if (op.kind == OperatorKind::kVector || spec_.matrix_peak.Get(op.compute)) {
    return absl::OkStatus();
  }
  std::vector<std::string> known;
  for (int i = 0; i < kPrecisionCount; ++i) {
    if (spec_.matrix_peak.Get(static_cast<Precision>(i))) {
      known.emplace_back(PrecisionName(static_cast<Precision>(i)));
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "chip \"", spec_.name, "\" has no ", PrecisionName(op.compute), " matrix rate; ",
      known.empty() ? "its file gives none" : absl::StrCat("it has ", absl::StrJoin(known, ", "))));
}

Duration KernelChip::Launch(LaunchMode mode) const {
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

absl::StatusOr<OperatorCost> KernelChip::Cost(const Operator& op, const ChipUse& use) const {
  TESSERA_RETURN_IF_ERROR(CheckPrecision(op));
  const KernelTime time = Kernel(op, use);
  const Duration launch = Launch(use.launch);
  OperatorCost cost;
  cost.time = (CeilSeconds(time.total) + launch) * op.count;
  cost.matrix_time = CeilSeconds(time.matrix) * op.count;
  cost.vector_time = CeilSeconds(time.vector) * op.count;
  cost.memory_time = CeilSeconds(time.memory) * op.count;
  cost.overhead = (CeilSeconds(time.fixed) + launch) * op.count;
  cost.matrix_flops = MatrixFlops(op);
  cost.memory_bytes = Bytes(static_cast<int64_t>(time.memory_bytes)) * op.count;
  if (energy_) {
    cost.energy =
        EnergyOf(*energy_, {.matrix_flops = cost.matrix_flops,
                            .precision = op.compute,
                            .vector_flops = op.vector_flops * static_cast<double>(op.count),
                            .memory_bytes = cost.memory_bytes,
                            .time = cost.time});
  }
  cost.limiter = LimiterOf(time, ToSeconds(launch));
  return cost;
}

}  // namespace tessera
