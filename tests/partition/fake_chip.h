// A chip of 1 PFLOP/s and 1 TB/s without any other effect, so that tests can state times: an
// operator takes 1 ns a matrix MFLOP and 1 ps a byte of a pass over memory.
#pragma once

#include "chips/chip_model.h"

namespace tessera {

class FakeChip final : public ChipModel {
 public:
  explicit FakeChip(ChipSpec spec) : spec_(std::move(spec)) {}

  const ChipSpec& spec() const override { return spec_; }
  absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const override {
    OperatorCost cost;
    const double matrix = MatrixFlops(op).value() * 1e-3;
    const auto bytes = static_cast<double>(op.read.count() + op.written.count());
    cost.time = Duration(1 + static_cast<int64_t>((matrix + bytes) / use.compute_share));
    cost.matrix_flops = MatrixFlops(op);
    cost.memory_bytes = MinimumBytes(op);
    return cost;
  }

 private:
  ChipSpec spec_;
};

}  // namespace tessera
