#include "chips/sparse_chip.h"

#include <utility>

#include "chips/sparse_cost.h"

namespace tessera {
namespace {

class SparseChip final : public ChipModel {
 public:
  SparseChip(std::unique_ptr<ChipModel> dense, const SparsitySpec& zeros)
      : dense_(std::move(dense)), zeros_(zeros) {}

  const ChipSpec& spec() const override { return dense_->spec(); }
  absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const override {
    const bool shrinks = op.kind == OperatorKind::kAttention
                             ? zeros_.mask < 1
                             : op.kind == OperatorKind::kGemm && IsPruned(op.category);
    return shrinks ? SparseCost(*dense_, op, zeros_, use) : dense_->Cost(op, use);
  }

 private:
  std::unique_ptr<ChipModel> dense_;
  SparsitySpec zeros_;
};

}  // namespace

bool IsPruned(OperatorClass category) {
  return category == OperatorClass::kAttentionProjection || category == OperatorClass::kMlp ||
         category == OperatorClass::kExpert;
}

bool IsSparse(const SparsitySpec& zeros) {
  return zeros.pattern != SparsitySpec::Pattern::kDense || zeros.activations < 1 || zeros.mask < 1;
}

std::unique_ptr<ChipModel> MakeSparseChip(std::unique_ptr<ChipModel> dense,
                                          const SparsitySpec& zeros) {
  return std::make_unique<SparseChip>(std::move(dense), zeros);
}

}  // namespace tessera
