#include "chips/reconfigurable.h"

#include <algorithm>

#include "chips/kernel_chip.h"
#include "chips/operator_work.h"
#include "chips/overlap.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

class ReconfigurableChip final : public KernelChip {
 public:
  explicit ReconfigurableChip(const ChipSpec& spec)
      : KernelChip(spec),
        read_bandwidth_(ReadBandwidth(spec)),
        sram_bytes_(static_cast<double>(spec.sram->total.count())),
        section_switch_(ToSeconds(spec.overhead->matrix_prologue)) {
    double widest = 0;
    for (int i = 0; i < kPrecisionCount; ++i) {
      widest = std::max(widest, MatrixRate(spec, static_cast<Precision>(i)));
    }
    // Unknown: the compute units run element-wise work on the lanes of their arrays' edges.
    vector_flops_ = VectorRate(spec, widest / 32);
  }

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  double read_bandwidth_;
  double sram_bytes_;
  double section_switch_;
  double vector_flops_;
};

KernelTime ReconfigurableChip::Kernel(const Operator& op, const ChipUse& use) const {
  const OperatorWork work = WorkOf(op);
  KernelTime time;
  if (work.matrix_flops > 0) {
    time.matrix = work.matrix_flops / (MatrixRate(spec(), op.compute) * use.cores());
  }
  time.vector = (work.vector_flops + work.exponentials * 2) / vector_flops_;
  // Activations stay on chip while they fit; an optimizer's state never does.
  const bool stays =
      work.moving_bytes <= sram_bytes_ / 2 && op.category != OperatorClass::kOptimizer;
  time.memory_bytes = work.stationary_bytes + (stays ? 0 : work.moving_bytes);
  time.memory = time.memory_bytes / read_bandwidth_;
  time.fixed = work.matrix_flops > 0 ? section_switch_ : 0;
  time.total = time.fixed + Overlap(time.matrix, time.vector, time.memory);
  return time;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeReconfigurableChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  if (!spec.sram) return MissingFigure(spec, "no SRAM size");
  return std::make_unique<ReconfigurableChip>(spec);
}

}  // namespace tessera
