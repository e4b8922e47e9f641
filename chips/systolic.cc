#include "chips/systolic.h"

#include <algorithm>

#include "chips/array_chip.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

class SystolicChip final : public KernelChip {
 public:
  // Loading the next weights of an array takes as many cycles as it has rows.
  explicit SystolicChip(const ChipSpec& spec)
      : KernelChip(spec), rates_(ArrayRatesOf(spec, spec.array_rows)) {}

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  ArrayRates rates_;
};

KernelTime Product(const Operator& op, const ArrayRates& rates) {
  const auto groups = static_cast<double>(op.groups);
  const ProductBytes bytes = ProductTraffic(op, rates);
  KernelTime time;
  time.matrix =
      rates.cycle[static_cast<size_t>(op.compute)] *
      WeightStationaryCycles(rates.arrays, {.m = static_cast<double>(GemmRows(op)) / groups,
                                            .n = static_cast<double>(op.n),
                                            .k = static_cast<double>(op.k),
                                            .groups = groups});
  time.memory_bytes = bytes.read + bytes.written;
  time.memory = bytes.read / rates.read_bandwidth + bytes.written / rates.write_bandwidth;
  time.vector = WideningFlops(op) / rates.vector_flops;
  SetPipelinedTotal(rates, std::max(time.matrix, time.vector), time);
  return time;
}

KernelTime SystolicChip::Kernel(const Operator& op, const ChipUse& use) const {
  const ArrayRates rates = use.cores() < 1 ? ShareOf(rates_, use.cores()) : rates_;
  switch (op.kind) {
    case OperatorKind::kGemm:
      return Product(op, rates);
    case OperatorKind::kAttention:
      return ArrayAttention(op, rates, WeightStationaryCycles);
    case OperatorKind::kVector:
      break;
  }
  return ArrayPass(op, rates);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeSystolicChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  TESSERA_RETURN_IF_ERROR(CheckArrayFigures(spec));
  return std::make_unique<SystolicChip>(spec);
}

}  // namespace tessera
