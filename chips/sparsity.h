// Zeros that are stored and multiplied away: structured N:M, blocks, and random ones. Domain
// notes 5.
#pragma once

namespace tessera {

// Keeps n of every m values (2:4, 4:16, ...).
struct StructuredSparsity {
  int n = 2;
  int m = 4;
  int index_bits = 2;  // Of one kept value.
};
// Bytes over those of all values: (n/m) (1 + index_bits / value_bits).
double StorageRatio(const StructuredSparsity& sparsity, double value_bits);
// Most that the matrix unit gains: m / n.
double PeakSpeedup(const StructuredSparsity& sparsity);

// Share of b x b blocks that hold anything when values are kept at random with `density`:
// 1 - (1 - density)^(b^2).
double KeptBlocks(double density, int block);

// Of work that is `kept`, with `tax` on each kept piece and the busiest unit `imbalance` times the
// mean: 1 / (kept (1 + tax) imbalance).
double SparseSpeedup(double kept, double tax, double imbalance);

}  // namespace tessera
