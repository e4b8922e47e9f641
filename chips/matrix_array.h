// Products on systolic arrays fed from a scratchpad.
#pragma once

#include "chips/kernel_chip.h"

namespace tessera {

// Arrays of one chip. A cycle moves one row through every array.
struct MatrixArrays {
  double rows = 0;     // Of the inner dimension that one array holds.
  double columns = 0;  // Of the stationary operand's other dimension.
  double count = 0;
  // Fewest rows that stream past a stationary block: what it takes to load the next one.
  double least_stream = 0;
};

// One product, `groups` times with its own operands.
struct ArrayProduct {
  double m = 0, n = 0, k = 0;
  double groups = 1;
};

// Cycles of an output-stationary array on [m,k] x [k,n]; every tile fills and drains by itself:
// (2 rows + columns + k - 2) ceil(m/rows) ceil(n/columns). SCALE-Sim (ISPASS 2020).
double OutputStationaryCycles(const MatrixArrays& one, const ArrayProduct& product);

// Cycles of arrays that hold a block of the right operand while the rows of the left stream past;
// the next block loads behind the running one, so that only the first fill shows:
// max(m, least_stream) ceil(k/rows) ceil(n/columns) / arrays + rows + columns. Rows are cut in
// parts when there are fewer blocks than arrays.
double WeightStationaryCycles(const MatrixArrays& arrays, const ArrayProduct& product);

// Bytes from main memory for [m,k] x [k,n] through a scratchpad of `capacity` bytes: once when an
// operand fits half of it; otherwise square blocks of results in fp32 take the other half, and each
// operand is read once for every block of the other dimension.
struct ScratchpadOperands {
  double left = 0, right = 0;  // Bytes.
  double m = 0, n = 0;
};
double ScratchpadTraffic(const ScratchpadOperands& operands, double capacity);

}  // namespace tessera
