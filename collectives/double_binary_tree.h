// NCCL's tree algorithm: two binary trees over the nodes, each carrying half of the data, with a
// chain over the ranks inside every node; segments flow through them as a pipeline.
#pragma once

#include <vector>

#include "collectives/algorithm.h"

namespace tessera {

// Parent of every rank, -1 for the root, and the longest path to the root in edges. Ported as a
// formula from NVIDIA/nccl src/graph/trees.cc: in tree 0, rank 0 is the root with one child (the
// largest power of two below n) and rank r with lowest set bit b hangs on (r ^ b) | 2 b, or on
// r ^ b where that is no rank. Tree 1 is the mirror image for even n, shifted by one for odd n; for
// even n no rank is interior in both.
struct BinaryTree {
  std::vector<int> parent;
  int depth = 0;
};
BinaryTree NcclTree(int n, int which);

// all_reduce: reduce up the trees, broadcast down them. broadcast, reduce: one way, from or to rank
// 0, on a single tree rooted there. Each rail carries an equal part of the buffer, enters a node at
// the first rank that its NIC serves and chains through the others. `segments` pieces a rail and
// tree.
Schedule DoubleBinaryTreeSchedule(const AlgorithmInput& input);
AlgorithmCost DoubleBinaryTreeCost(const AlgorithmInput& input);

// The most transfers that one node sends per segment of each tree: up and down both trees, or down
// tree 0 alone (`trees` 1).
int MostTransfersOfNode(int nodes, int trees);

}  // namespace tessera
