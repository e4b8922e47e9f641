// Cuts a graph into parts of about equal weight with little weight on the edges between them
// (METIS: Karypis and Kumar, "A fast and high quality multilevel scheme for partitioning irregular
// graphs", 1998). Which part a vertex gets must never influence a result.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace tessera {

struct CutGraph {
  struct Edge {
    int32_t a = 0;
    int32_t b = 0;  // Not a; each pair at most once.
    int32_t weight = 1;
  };
  std::vector<int64_t> vertex_weights{};  // Positive.
  std::vector<Edge> edges{};
};

// The part of each vertex, from 0 to parts - 1; parts may be empty. Errors: METIS refuses.
absl::StatusOr<std::vector<int32_t>> CutIntoParts(const CutGraph& graph, int parts);

}  // namespace tessera
