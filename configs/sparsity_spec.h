// Zeros that a model has and the software knows of.
#pragma once

#include <cstdint>

namespace tessera {

struct SparsitySpec {
  enum class Pattern : uint8_t { kDense, kStructured, kBlocks };
  Pattern pattern = Pattern::kDense;  // Of weights.
  int n = 0, m = 0;                   // kStructured: n of every m values are kept.
  int block = 1;                      // kBlocks: edge; 1: single values anywhere.
  double density = 1;                 // kBlocks: kept share.
  double activations = 1;             // Inputs of a product that are not zero.
  double mask = 1;                    // Share of the visible keys that attention looks at.
};

}  // namespace tessera
