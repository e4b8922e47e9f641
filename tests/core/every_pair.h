// The lookahead of partitions that are all equally far from one another.
#pragma once

#include "core/parallel_run.h"

namespace tessera {

inline constexpr Duration kLookahead{100};

inline LookaheadMatrix EveryPair(int partitions) {
  LookaheadMatrix lookahead(partitions);
  for (int p = 0; p < partitions; ++p) {
    for (int q = 0; q < partitions; ++q) {
      if (p != q) lookahead.Limit(p, q, kLookahead);
    }
  }
  return lookahead;
}

}  // namespace tessera
