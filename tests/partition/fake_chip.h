// A chip whose every operator takes time in proportion to its work: 1 ps a matrix MFLOP and 1 ps a
// vector KB, so that tests can state times.
#pragma once

#include "chips/chip_model.h"

namespace tessera {

class FakeChip final : public ChipModel {
 public:
  explicit FakeChip(ChipSpec spec) : spec_(std::move(spec)) {}

  const ChipSpec& spec() const override { return spec_; }
  absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const override {
    OperatorCost cost;
    const double mflops = MatrixFlops(op).value() * 1e-6;
    const double kilobytes = static_cast<double>(op.read.count() + op.written.count()) * 1e-3;
    cost.time = Duration(1 + static_cast<int64_t>((mflops + kilobytes) / use.compute_share));
    cost.matrix_flops = MatrixFlops(op);
    cost.memory_bytes = MinimumBytes(op);
    return cost;
  }

 private:
  ChipSpec spec_;
};

}  // namespace tessera
