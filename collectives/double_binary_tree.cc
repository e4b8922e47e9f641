#include "collectives/double_binary_tree.h"

#include <algorithm>
#include <utility>

#include "collectives/schedule_builder.h"
#include "collectives/tree_pipeline.h"

namespace tessera {
namespace {

int Tree0Parent(int r, int n) {
  if (r == 0) return -1;
  const int bit = r & -r;
  const int up = (r ^ bit) | (bit << 1);
  return up >= n ? r ^ bit : up;
}

// The tree over all ranks of one rail: `node_parent` between the rail's heads, chains inside.
std::vector<int> RailTree(const std::vector<int>& node_parent, int per_node, int rail) {
  std::vector<int> parent;
  parent.reserve(node_parent.size() * static_cast<size_t>(per_node));
  for (size_t node = 0; node < node_parent.size(); ++node) {
    const int base = static_cast<int>(node) * per_node;
    for (int local = 0; local < per_node; ++local) {
      const int up = node_parent[node];
      if (local != rail) {
        parent.push_back(base + (local + per_node - 1) % per_node);
      } else {
        parent.push_back(up < 0 ? -1 : up * per_node + rail);
      }
    }
  }
  return parent;
}

}  // namespace

BinaryTree NcclTree(int n, int which) {
  BinaryTree tree;
  for (int r = 0; r < n; ++r) {
    if (which == 0) {
      tree.parent.push_back(Tree0Parent(r, n));
      continue;
    }
    const bool mirror = n % 2 == 0;
    const int up = Tree0Parent(mirror ? n - 1 - r : (r - 1 + n) % n, n);
    tree.parent.push_back(up < 0 ? -1 : mirror ? n - 1 - up : (up + 1) % n);
  }
  const std::vector<int> depths = TreeDepths(tree.parent);
  tree.depth = *std::max_element(depths.begin(), depths.end());
  return tree;
}

Schedule DoubleBinaryTreeSchedule(const AlgorithmInput& input) {
  const int per_node = input.shape.empty() ? 1 : input.shape[0];
  const int nodes = input.ranks / per_node;
  const bool rooted = input.op != CollectiveOp::kAllReduce;
  const int rails = rooted ? 1 : per_node;
  const int trees = rooted ? 1 : 2;
  const int pieces = rails * trees * input.segments;
  ScheduleBuilder builder("double_binary_tree", input.ranks,
                          EvenChunks(input.bytes, pieces, input.element_bytes));
  int chunk = 0;
  for (int rail = 0; rail < rails; ++rail) {
    for (int which = 0; which < trees; ++which) {
      TreePipeline pipeline(builder, RailTree(NcclTree(nodes, which).parent, per_node, rail));
      for (int s = 0; s < input.segments; ++s) {
        pipeline.AddSegment({.chunk = chunk++,
                             .reduce = input.op != CollectiveOp::kBroadcast,
                             .broadcast = input.op != CollectiveOp::kReduce});
      }
    }
  }
  return std::move(builder).Build();
}

}  // namespace tessera
