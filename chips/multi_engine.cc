#include "chips/multi_engine.h"

#include <algorithm>
#include <cmath>

#include "chips/array_chip.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// A product instruction issues every max(columns, 64) cycles (NKI guide, NeuronCore-v2).
constexpr double kLeastStream = 64;
// Vector-engine operations that move one fp32 sum out of the accumulators and narrow it.
constexpr double kEvictFlops = 2;

// Either operand may be the stationary one.
double EitherStationaryCycles(const MatrixArrays& arrays, const ArrayProduct& product) {
  const ArrayProduct turned = {
      .m = product.n, .n = product.m, .k = product.k, .groups = product.groups};
  return std::min(WeightStationaryCycles(arrays, product), WeightStationaryCycles(arrays, turned));
}

class MultiEngineChip final : public KernelChip {
 public:
  explicit MultiEngineChip(const ChipSpec& spec)
      : KernelChip(spec), rates_(ArrayRatesOf(spec, kLeastStream)) {}

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  ArrayRates rates_;
};

KernelTime Product(const Operator& op, const ArrayRates& rates) {
  const auto groups = static_cast<double>(op.groups);
  const auto rows = static_cast<double>(GemmRows(op));
  const auto n = static_cast<double>(op.n);
  const ProductBytes bytes = ProductTraffic(op, rates);
  KernelTime time;
  time.matrix = rates.cycle[static_cast<size_t>(op.compute)] *
                EitherStationaryCycles(
                    rates.arrays,
                    {.m = rows / groups, .n = n, .k = static_cast<double>(op.k), .groups = groups});
  time.vector = (kEvictFlops * rows * n + WideningFlops(op)) / rates.vector_flops;
  time.memory_bytes = bytes.read + bytes.written;
  time.memory = bytes.read / rates.read_bandwidth + bytes.written / rates.write_bandwidth;
  SetPipelinedTotal(rates, std::max(time.matrix, time.vector), time);
  return time;
}

KernelTime MultiEngineChip::Kernel(const Operator& op, const ChipUse& use) const {
  const ArrayRates rates = use.cores() < 1 ? ShareOf(rates_, use.cores()) : rates_;
  switch (op.kind) {
    case OperatorKind::kGemm:
      return Product(op, rates);
    case OperatorKind::kAttention:
      return ArrayAttention(op, rates, EitherStationaryCycles);
    case OperatorKind::kVector:
      break;
  }
  return ArrayPass(op, rates);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeMultiEngineChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  TESSERA_RETURN_IF_ERROR(CheckArrayFigures(spec));
  return std::make_unique<MultiEngineChip>(spec);
}

}  // namespace tessera
