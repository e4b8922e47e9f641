// What the two styles built on systolic arrays share: the arrays of the chip, attention as pairs of
// products, passes over memory that the compiler fuses in part.
#pragma once

#include <array>

#include "chips/kernel_chip.h"
#include "chips/matrix_array.h"

namespace tessera {

struct ArrayRates {
  MatrixArrays arrays;
  std::array<double, kPrecisionCount> cycle{};  // Seconds of one row through all arrays.
  double vector_flops = 0;
  double special_functions = 0;
  double read_bandwidth = 0;
  double write_bandwidth = 0;
  double scratchpad = 0;  // Bytes.
  double prologue = 0;
  double memory_operation = 0;
};

// `least_stream`: see MatrixArrays. The share of the chip scales arrays, units and scratchpad; main
// memory with it, since a core reaches its own half of the stacks.
ArrayRates ArrayRatesOf(const ChipSpec& spec, double least_stream);
ArrayRates ShareOf(const ArrayRates& rates, double share);

// Error unless the description has array extents and an SRAM size.
absl::Status CheckArrayFigures(const ChipSpec& spec);

// Operands, results and blocks in flight of one product.
struct ProductBytes {
  double read = 0, written = 0;
};
ProductBytes ProductTraffic(const Operator& op, const ArrayRates& rates);

// Attention whose scores stay on chip. `cycles` maps a product to cycles of the arrays.
using CyclesOf = double (*)(const MatrixArrays&, const ArrayProduct&);
KernelTime ArrayAttention(const Operator& op, const ArrayRates& rates, CyclesOf cycles);
KernelTime ArrayPass(const Operator& op, const ArrayRates& rates);

// Compute and memory of one operator, double-buffered in blocks.
void SetPipelinedTotal(const ArrayRates& rates, double compute, KernelTime& time);

}  // namespace tessera
