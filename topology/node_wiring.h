// Which chips of one node are joined by direct links, by the shape of the node. Private to the
// room.
#pragma once

#include <vector>

namespace tessera {

// Neighbours of one kind of node graph: pairs of chips and how many parallel units join them.
struct NodeWiring {
  struct Pair {
    int a = 0;
    int b = 0;
    int units = 1;
  };
  std::vector<Pair> pairs = {};
  int ports = 1;  // Units at a chip that has them all.
};

// Units at the best-connected chip.
int MostUnits(const NodeWiring& wiring, int chips);

NodeWiring WireFullMesh(int chips);
// A line, ring, mesh or torus. A dimension of two chips is one cable, with no second way round.
NodeWiring WireGrid(const std::vector<int>& extents, bool wraps);
// DGX-1V: two quads, each fully joined, and one link between the quads per chip; six NVLinks a
// chip, some doubled. Source: NVIDIA DGX-1 with Tesla V100 system architecture (WP-08437),
// figure 4.
NodeWiring WireHybridCubeMesh();
// Groq: groups of eight chips fully joined by 7 links each; 4 more links of every chip go to other
// groups, dealt out so that the pairs of groups get equal numbers. Source: "Software-defined Tensor
// Streaming Multiprocessor", ISCA 2022.
NodeWiring WireDragonfly(int chips);

}  // namespace tessera
