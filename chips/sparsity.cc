#include "chips/sparsity.h"

#include "core/math.h"

namespace tessera {

double StorageRatio(const StructuredSparsity& sparsity, double value_bits) {
  return static_cast<double>(sparsity.n) / sparsity.m * (1 + sparsity.index_bits / value_bits);
}

double PeakSpeedup(const StructuredSparsity& sparsity) {
  return static_cast<double>(sparsity.m) / sparsity.n;
}

double KeptBlocks(double density, int block) {
  return 1 - Pow(1 - density, static_cast<double>(block) * block);
}

double SparseSpeedup(double kept, double tax, double imbalance) {
  return 1 / (kept * (1 + tax) * imbalance);
}

}  // namespace tessera
