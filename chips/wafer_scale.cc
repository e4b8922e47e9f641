#include "chips/wafer_scale.h"

#include <algorithm>
#include <cmath>

#include "chips/kernel_chip.h"
#include "chips/operator_work.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

class WaferScaleChip final : public KernelChip {
 public:
  explicit WaferScaleChip(const ChipSpec& spec);

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  double sram_bytes_;
  double sram_bandwidth_;
  double outside_bandwidth_;
  double vector_flops_;
  double crossing_;  // Seconds of an operand over the mesh and a sum back.
  double fixed_;
};

WaferScaleChip::WaferScaleChip(const ChipSpec& spec)
    : KernelChip(spec),
      sram_bytes_(static_cast<double>(spec.sram->total.count())),
      sram_bandwidth_(static_cast<double>(spec.sram->bandwidth->bytes_per_second())),
      outside_bandwidth_(ReadBandwidth(spec)),
      vector_flops_(VectorRate(spec, sram_bandwidth_ / 4)),
      fixed_(ToSeconds(spec.overhead->matrix_prologue)) {
  const int hop_cycles =
      spec.noc && spec.noc->hop_latency_cycles ? *spec.noc->hop_latency_cycles : 1;
  const double edge = std::sqrt(static_cast<double>(spec.core_count));
  crossing_ = 2 * edge * hop_cycles / (spec.matrix_ghz * 1e9);
}

KernelTime WaferScaleChip::Kernel(const Operator& op, const ChipUse& use) const {
  const OperatorWork work = WorkOf(op);
  KernelTime time;
  if (work.matrix_flops > 0) {
    time.matrix = work.matrix_flops / (MatrixRate(spec(), op.compute) * use.cores());
    time.fixed = fixed_ + crossing_;
  } else {
    time.fixed = fixed_;
  }
  // A core without a special-function unit computes an exponential in about eight operations.
  constexpr double kExponentialFlops = 16;
  time.vector = (work.vector_flops + kExponentialFlops * work.exponentials) / vector_flops_;
  const double inside = (work.stationary_bytes + work.moving_bytes) / sram_bandwidth_;
  const bool streams = work.stationary_bytes > sram_bytes_;
  time.memory_bytes = streams ? work.stationary_bytes : 0;
  time.memory = std::max(inside, time.memory_bytes / outside_bandwidth_);
  time.total = time.fixed + std::max({time.matrix, time.vector, time.memory});
  return time;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeWaferScaleChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  if (!spec.sram || !spec.sram->bandwidth) return MissingFigure(spec, "no SRAM bandwidth");
  if (spec.matrix_ghz <= 0) return MissingFigure(spec, "no clock");
  return std::make_unique<WaferScaleChip>(spec);
}

}  // namespace tessera
