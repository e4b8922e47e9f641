#include "chips/matrix_array.h"

#include <algorithm>
#include <cmath>

namespace tessera {

double OutputStationaryCycles(const MatrixArrays& one, const ArrayProduct& product) {
  return (2 * one.rows + one.columns + product.k - 2) * std::ceil(product.m / one.rows) *
         std::ceil(product.n / one.columns);
}

double WeightStationaryCycles(const MatrixArrays& arrays, const ArrayProduct& product) {
  const double blocks =
      product.groups * std::ceil(product.k / arrays.rows) * std::ceil(product.n / arrays.columns);
  double best = 0;
  for (int parts = 1; parts <= arrays.count; parts *= 2) {
    const double stream = std::max(std::ceil(product.m / parts), arrays.least_stream);
    const double cycles = std::ceil(blocks * parts / arrays.count) * stream;
    if (best == 0 || cycles < best) best = cycles;
    if (stream <= arrays.least_stream) break;
  }
  return best + arrays.rows + arrays.columns;
}

double ScratchpadTraffic(const ScratchpadOperands& operands, double capacity) {
  const double once = operands.left + operands.right;
  if (std::min(operands.left, operands.right) <= capacity / 2) return once;
  const double edge = std::max(1.0, std::floor(std::sqrt(capacity / 2 / 4)));
  return std::max(once, operands.left * std::ceil(operands.n / edge) +
                            operands.right * std::ceil(operands.m / edge));
}

}  // namespace tessera
