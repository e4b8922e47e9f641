// Segments that flow through a tree: reduced towards the root, broadcast from it, or both.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "collectives/schedule_builder.h"

namespace tessera {

// Edges of every vertex of a tree to its root.
std::vector<int> TreeDepths(absl::Span<const int> parent);

class TreePipeline {
 public:
  // `parent` of each tree vertex, -1 for the root; `endpoints` of the schedule in their place
  // (empty: the same numbers). `builder` outlives the pipeline.
  TreePipeline(ScheduleBuilder& builder, std::vector<int> parent, std::vector<int> endpoints = {});

  struct Segment {
    int chunk = 0;
    bool reduce = true;     // Up the tree ...
    bool broadcast = true;  // ... and down it.
  };
  // An edge carries its segments in order; a vertex forwards what it has received in full.
  // `ready`, if not empty: the transfer, by vertex, after which the vertex holds its own part.
  void AddSegment(const Segment& segment, absl::Span<const int> ready = {});

  // The transfers after which `vertex` holds the result of the latest broadcast segment.
  std::vector<int> Completion(int vertex) const;

 private:
  void SendUp(int vertex, int chunk, absl::Span<const int> ready);
  void SendDown(int vertex, int chunk);
  int Endpoint(int vertex) const;

  ScheduleBuilder& builder_;
  std::vector<int> parent_;
  std::vector<int> endpoints_;
  std::vector<std::vector<int>> children_;
  std::vector<int> top_down_;  // Vertices by depth.
  std::vector<int> up_;        // Last transfer from each vertex to its parent.
  std::vector<int> down_;      // Last transfer to each vertex from its parent.
  std::vector<int> at_root_;   // Transfers that complete the segment in hand at the root.
};

}  // namespace tessera
