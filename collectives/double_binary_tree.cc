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

// The most transfers that a rank makes per segment inside its node, over the chains of all rails.
int MostChainTransfers(const AlgorithmInput& input, int rails, int ways) {
  const int per_node = input.per_node();
  if (per_node == 1) return 0;
  int most = 0;
  for (int rank = 0; rank < per_node; ++rank) {
    int transfers = 0;
    for (int rail = 0; rail < rails; ++rail) {
      const int head = rail * per_node / rails;
      const bool is_head = rank == head;
      const bool is_tail = (rank + 1) % per_node == head;
      transfers += ways == 1 ? 1 : 2 - (is_head ? 1 : 0) - (is_tail ? 1 : 0);
    }
    most = std::max(most, transfers);
  }
  return most;
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

int MostTransfersOfNode(int nodes, int trees) {
  std::vector<int> sends(static_cast<size_t>(nodes), 0);
  for (int which = 0; which < trees; ++which) {
    const BinaryTree tree = NcclTree(nodes, which);
    for (size_t v = 0; v < sends.size(); ++v) {
      if (tree.parent[v] < 0) continue;
      if (trees == 2) ++sends[v];
      ++sends[static_cast<size_t>(tree.parent[v])];
    }
  }
  return *std::max_element(sends.begin(), sends.end());
}

Schedule DoubleBinaryTreeSchedule(const AlgorithmInput& input) {
  const bool rooted = input.op != CollectiveOp::kAllReduce;
  const int rails = rooted ? 1 : input.rails;
  const int trees = rooted ? 1 : 2;
  ScheduleBuilder builder(
      "double_binary_tree", input.ranks,
      EvenChunks(input.bytes, rails * trees * input.segments, input.element_bytes));
  int chunk = 0;
  for (int rail = 0; rail < rails; ++rail) {
    for (int which = 0; which < trees; ++which) {
      TreePipeline pipeline(builder, RailTree(NcclTree(input.nodes(), which).parent,
                                              input.per_node(), input.HeadOfRail(rail)));
      for (int s = 0; s < input.segments; ++s) {
        pipeline.AddSegment({.chunk = chunk++,
                             .reduce = input.op != CollectiveOp::kBroadcast,
                             .broadcast = input.op != CollectiveOp::kReduce});
      }
    }
  }
  return std::move(builder).Build();
}

AlgorithmCost DoubleBinaryTreeCost(const AlgorithmInput& input) {
  AlgorithmCost cost;
  if (input.ranks == 1) return cost;
  const bool rooted = input.op != CollectiveOp::kAllReduce;
  const int ways = rooted ? 1 : 2;
  const int trees = rooted ? 1 : 2;
  const int rails = rooted ? 1 : input.rails;
  const int depth = NcclTree(input.nodes(), 0).depth;
  const int chain = input.per_node() - 1;
  const double part = static_cast<double>(input.bytes.count()) / (rails * trees);
  const double piece = part / input.segments;
  cost.transfers = int64_t{input.ranks - 1} * ways * trees * rails * input.segments;
  cost.scale_up_hops = ways * chain;
  cost.scale_out_hops = ways * depth;
  cost.serial_bytes = ways * chain * piece;
  cost.network_bytes = ways * depth * piece;
  cost.further_segments = input.segments - 1;
  cost.scale_up_stage_bytes = chain > 0 ? piece : 0;
  cost.scale_out_stage_bytes = depth > 0 ? piece : 0;
  cost.steady_bytes = cost.scale_out_edge_bytes = part;
  cost.scale_up_bytes = MostChainTransfers(input, rails, ways) * trees * part;
  cost.scale_out_bytes = depth > 0 ? MostTransfersOfNode(input.nodes(), trees) * part : 0;
  return cost;
}

}  // namespace tessera
