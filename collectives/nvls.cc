#include "collectives/nvls.h"

#include <utility>
#include <vector>

#include "collectives/double_binary_tree.h"
#include "collectives/schedule_builder.h"
#include "collectives/tree_pipeline.h"

namespace tessera {
namespace {

// Segments of an all-reduce; each holds one chunk a share (position in the node).
class NvlsPipeline {
 public:
  NvlsPipeline(ScheduleBuilder& builder, int per_node, int nodes)
      : builder_(builder), per_node_(per_node), nodes_(nodes), ranks_(per_node * nodes) {
    pushed_.assign(static_cast<size_t>(ranks_), -1);
    if (nodes == 1) return;
    for (int share = 0; share < per_node; ++share) {
      std::vector<int> endpoints;
      for (int node = 0; node < nodes; ++node) endpoints.push_back(Rank(node, share));
      for (int which = 0; which < 2; ++which) {
        rails_.emplace_back(builder, NcclTree(nodes, which).parent, endpoints);
      }
    }
  }

  void AddSegment(int segment) {
    const int first = segment * per_node_;
    std::vector<std::vector<int>> reads;  // [share][node]: the owner holds its node's sum.
    reads.assign(static_cast<size_t>(per_node_), {});
    for (int node = 0; node < nodes_; ++node) ReduceInSwitch(node, first, reads);
    for (int share = 0; share < per_node_ && nodes_ > 1; ++share) {
      Rail(share, segment).AddSegment({.chunk = first + share}, reads[static_cast<size_t>(share)]);
    }
    for (int node = 0; node < nodes_; ++node) Multicast(node, segment, reads);
  }

 private:
  int Switch(int node) const { return ranks_ + node; }
  int Rank(int node, int share) const { return node * per_node_ + share; }
  TreePipeline& Rail(int share, int segment) {
    return rails_[static_cast<size_t>(2 * share + segment % 2)];
  }

  void ReduceInSwitch(int node, int first, std::vector<std::vector<int>>& reads) {
    std::vector<int> pushes;
    for (int share = 0; share < per_node_; ++share) {
      int& last = pushed_[static_cast<size_t>(Rank(node, share))];
      last = builder_.AddAfter({.source = Rank(node, share),
                                .target = Switch(node),
                                .chunk = first,
                                .count = per_node_,
                                .reduce = true},
                               {last});
      pushes.push_back(last);
    }
    for (int share = 0; share < per_node_; ++share) {
      reads[static_cast<size_t>(share)].push_back(builder_.AddAfter(
          {.source = Switch(node), .target = Rank(node, share), .chunk = first + share}, pushes));
    }
  }

  void Multicast(int node, int segment, const std::vector<std::vector<int>>& reads) {
    const int first = segment * per_node_;
    std::vector<int> writes;
    for (int share = 0; share < per_node_; ++share) {
      const std::vector<int> after = nodes_ > 1
                                         ? Rail(share, segment).Completion(node)
                                         : std::vector<int>{reads[static_cast<size_t>(share)][0]};
      writes.push_back(builder_.AddAfter(
          {.source = Rank(node, share), .target = Switch(node), .chunk = first + share}, after));
    }
    for (int share = 0; share < per_node_; ++share) {
      builder_.AddAfter(
          {.source = Switch(node), .target = Rank(node, share), .chunk = first, .count = per_node_},
          writes);
    }
  }

  ScheduleBuilder& builder_;
  int per_node_;
  int nodes_;
  int ranks_;
  std::vector<int> pushed_;          // Last push of each rank.
  std::vector<TreePipeline> rails_;  // Two trees a share.
};

}  // namespace

Schedule NvlsSchedule(const AlgorithmInput& input) {
  ScheduleBuilder builder(
      "nvls", input.ranks,
      EvenChunks(input.bytes, input.per_node() * input.segments, input.element_bytes),
      input.nodes());
  if (input.ranks > 1) {
    NvlsPipeline pipeline(builder, input.per_node(), input.nodes());
    for (int s = 0; s < input.segments; ++s) pipeline.AddSegment(s);
  }
  return std::move(builder).Build();
}

AlgorithmCost NvlsCost(const AlgorithmInput& input) {
  const auto bytes = static_cast<double>(input.bytes.count());
  const double share = bytes / input.per_node();
  AlgorithmCost cost;
  if (input.ranks == 1) return cost;
  const int depth = NcclTree(input.nodes(), 0).depth;
  const int k = input.segments;
  // Push, read, up and down the tree, write, multicast.
  cost.scale_up_hops = 4;
  cost.scale_out_hops = 2 * depth;
  cost.serial_bytes = (2 * bytes + 2 * share) / k;
  cost.network_bytes = 2 * depth * share / k;
  cost.further_segments = k - 1;
  cost.scale_up_stage_bytes = bytes / k;
  cost.scale_out_stage_bytes = depth > 0 ? share / k : 0;
  cost.scale_out_stage_share = 0.5;
  cost.scale_up_bytes = bytes + share;
  if (depth > 0) {
    cost.scale_out_bytes = MostTransfersOfNode(input.nodes(), 2) * bytes / (2 * input.rails);
  }
  cost.steady_bytes = bytes;
  cost.scale_out_edge_bytes = share / 2;  // Of one of the two trees.
  return cost;
}

}  // namespace tessera
