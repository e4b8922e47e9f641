// What every execution style shares: an operator becomes one kernel with a time on each resource,
// plus what it costs to issue it.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chips/chip_model.h"
#include "chips/energy.h"

namespace tessera {

// One kernel without its launch; seconds.
struct KernelTime {
  double total = 0;
  double matrix = 0;
  double vector = 0;
  double memory = 0;
  double fixed = 0;
  double memory_bytes = 0;  // Crossing the main memory.
};

class KernelChip : public ChipModel {
 public:
  const ChipSpec& spec() const final { return spec_; }
  absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const final;

 protected:
  explicit KernelChip(const ChipSpec& spec) : spec_(spec), energy_(EnergyRatesOf(spec)) {}
  // `op` in a precision that the chip has a rate for; its count is 1.
  virtual KernelTime Kernel(const Operator& op, const ChipUse& use) const = 0;

 private:
  absl::Status CheckPrecision(const Operator& op) const;
  Duration Launch(LaunchMode mode) const;

  ChipSpec spec_;
  std::optional<EnergyRates> energy_;
};

// What the longest of its times says, once fixed costs do not outweigh them.
Limiter LongestOf(const OperatorCost& cost);

// Error naming the chip and what its description lacks: "no core count".
absl::Status MissingFigure(const ChipSpec& spec, absl::string_view what);

// Error unless the description has what every style needs.
absl::Status CheckCommonFigures(const ChipSpec& spec);

// Peak of the matrix units after the residual efficiency; 0: no such unit.
double MatrixRate(const ChipSpec& spec, Precision precision);
// fp32 operations of the vector units after their efficiency; `fallback` where unknown.
double VectorRate(const ChipSpec& spec, double fallback);
// Vector operations that widen the stored right operand to the format of the products: one a value.
double WideningFlops(const Operator& op);
// Main memory: achieved rates of large reads and writes. Chips without memory off the die hold
// everything in SRAM.
double ReadBandwidth(const ChipSpec& spec);
double WriteBandwidth(const ChipSpec& spec);

}  // namespace tessera
