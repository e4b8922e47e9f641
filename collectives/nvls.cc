#include "collectives/nvls.h"

#include <string>
#include <utility>
#include <vector>

#include "collectives/double_binary_tree.h"
#include "collectives/schedule_builder.h"
#include "collectives/tree_pipeline.h"

namespace tessera {
namespace {

// Segments of an all-reduce; each holds one chunk a share (position in the node). Across nodes a
// share is reduced over trees, or in one of the `network_switches`.
class NvlsPipeline {
 public:
  NvlsPipeline(ScheduleBuilder& builder, int per_node, int nodes, int network_switches)
      : builder_(builder),
        per_node_(per_node),
        nodes_(nodes),
        ranks_(per_node * nodes),
        network_switches_(network_switches) {
    pushed_.assign(static_cast<size_t>(ranks_), -1);
    sent_ = pushed_;
    if (nodes == 1 || network_switches > 0) return;
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
    // [node][share]: the transfers after which the owner holds the sum of all nodes.
    std::vector<std::vector<std::vector<int>>> sums(static_cast<size_t>(nodes_));
    for (int share = 0; share < per_node_; ++share) {
      Cross(share, segment, reads[static_cast<size_t>(share)], sums);
    }
    for (int node = 0; node < nodes_; ++node) {
      Multicast(node, first, sums[static_cast<size_t>(node)]);
    }
  }

 private:
  int Switch(int node) const { return ranks_ + node; }
  int Rank(int node, int share) const { return node * per_node_ + share; }
  int NetworkSwitch(int share) const {
    return ranks_ + nodes_ + share * network_switches_ / per_node_;
  }
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

  // Sums a share over the nodes. `reads` [node]: its owner there holds the node's sum.
  void Cross(int share, int segment, const std::vector<int>& reads,
             std::vector<std::vector<std::vector<int>>>& sums) {
    const int chunk = segment * per_node_ + share;
    const bool trees = nodes_ > 1 && network_switches_ == 0;
    if (trees) Rail(share, segment).AddSegment({.chunk = chunk}, reads);
    std::vector<int> sends;
    for (int node = 0; node < nodes_ && network_switches_ > 0; ++node) {
      int& last = sent_[static_cast<size_t>(Rank(node, share))];
      last = builder_.AddAfter({.source = Rank(node, share),
                                .target = NetworkSwitch(share),
                                .chunk = chunk,
                                .reduce = true},
                               {last, reads[static_cast<size_t>(node)]});
      sends.push_back(last);
    }
    for (int node = 0; node < nodes_; ++node) {
      std::vector<int> sum = {reads[static_cast<size_t>(node)]};
      if (trees) sum = Rail(share, segment).Completion(node);
      if (network_switches_ > 0) {
        sum = {builder_.AddAfter(
            {.source = NetworkSwitch(share), .target = Rank(node, share), .chunk = chunk}, sends)};
      }
      sums[static_cast<size_t>(node)].push_back(std::move(sum));
    }
  }

  void Multicast(int node, int first, const std::vector<std::vector<int>>& sums) {
    std::vector<int> writes;
    for (int share = 0; share < per_node_; ++share) {
      writes.push_back(builder_.AddAfter(
          {.source = Rank(node, share), .target = Switch(node), .chunk = first + share},
          sums[static_cast<size_t>(share)]));
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
  int network_switches_;
  std::vector<int> pushed_;          // Last push of each rank into its node's switch ...
  std::vector<int> sent_;            // ... and into the network's.
  std::vector<TreePipeline> rails_;  // Two trees a share.
};

Schedule Write(const std::string& name, const AlgorithmInput& input, int network_switches) {
  ScheduleBuilder builder(
      name, input.ranks,
      EvenChunks(input.bytes, input.per_node() * input.segments, input.element_bytes),
      input.nodes() + network_switches);
  if (input.ranks > 1) {
    NvlsPipeline pipeline(builder, input.per_node(), input.nodes(), network_switches);
    for (int s = 0; s < input.segments; ++s) pipeline.AddSegment(s);
  }
  return std::move(builder).Build();
}

}  // namespace

Schedule NvlsSchedule(const AlgorithmInput& input) { return Write("nvls", input, 0); }

Schedule SharpSchedule(const AlgorithmInput& input) {
  return Write("sharp", input, input.nodes() > 1 ? input.rails : 0);
}

AlgorithmCost NvlsCost(const AlgorithmInput& input) {
  const auto bytes = static_cast<double>(input.bytes.count());
  const double share = bytes / input.per_node();
  AlgorithmCost cost;
  if (input.ranks == 1) return cost;
  const int depth = NcclTree(input.nodes(), 0).depth;
  const int k = input.segments;
  const int64_t crossings = 2 * int64_t{input.per_node()} * (input.nodes() - 1);
  cost.transfers = k * (4 * int64_t{input.ranks} + crossings);
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

AlgorithmCost SharpCost(const AlgorithmInput& input) {
  AlgorithmCost cost = NvlsCost(input);
  if (input.nodes() == 1) return cost;
  const double share = static_cast<double>(input.bytes.count()) / input.per_node();
  const int k = input.segments;
  cost.transfers = k * 6 * int64_t{input.ranks};
  cost.scale_out_hops = 2;  // Into the switches and out of them.
  cost.network_bytes = 2 * share / k;
  cost.scale_out_stage_bytes = share / k;
  cost.scale_out_stage_share = 1;
  cost.scale_out_bytes = share * input.per_node() / input.rails;
  cost.scale_out_edge_bytes = share;
  return cost;
}

}  // namespace tessera
