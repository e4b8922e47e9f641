#include "collectives/tree_pipeline.h"

#include <algorithm>
#include <utility>

namespace tessera {

std::vector<int> TreeDepths(absl::Span<const int> parent) {
  std::vector<int> depth(parent.size(), 0);
  for (size_t v = 0; v < parent.size(); ++v) {
    for (int up = parent[v]; up >= 0; up = parent[static_cast<size_t>(up)]) ++depth[v];
  }
  return depth;
}

TreePipeline::TreePipeline(ScheduleBuilder& builder, std::vector<int> parent,
                           std::vector<int> endpoints)
    : builder_(builder), parent_(std::move(parent)), endpoints_(std::move(endpoints)) {
  const std::vector<int> depth = TreeDepths(parent_);
  children_.resize(parent_.size());
  for (size_t v = 0; v < parent_.size(); ++v) {
    if (parent_[v] >= 0) children_[static_cast<size_t>(parent_[v])].push_back(static_cast<int>(v));
    top_down_.push_back(static_cast<int>(v));
  }
  std::stable_sort(top_down_.begin(), top_down_.end(), [&](int a, int b) {
    return depth[static_cast<size_t>(a)] < depth[static_cast<size_t>(b)];
  });
  up_.assign(parent_.size(), -1);
  down_.assign(parent_.size(), -1);
}

int TreePipeline::Endpoint(int vertex) const {
  return endpoints_.empty() ? vertex : endpoints_[static_cast<size_t>(vertex)];
}

void TreePipeline::AddSegment(const Segment& segment, absl::Span<const int> ready) {
  at_root_.clear();
  const int root = top_down_.front();
  if (!ready.empty()) at_root_.push_back(ready[static_cast<size_t>(root)]);
  if (segment.reduce) {
    for (auto v = top_down_.rbegin(); v != top_down_.rend(); ++v) {
      SendUp(*v, segment.chunk, ready);
    }
    for (const int child : children_[static_cast<size_t>(root)]) {
      at_root_.push_back(up_[static_cast<size_t>(child)]);
    }
  }
  if (!segment.broadcast) return;
  for (const int v : top_down_) SendDown(v, segment.chunk);
}

std::vector<int> TreePipeline::Completion(int vertex) const {
  const auto v = static_cast<size_t>(vertex);
  return parent_[v] < 0 ? at_root_ : std::vector<int>{down_[v]};
}

void TreePipeline::SendUp(int vertex, int chunk, absl::Span<const int> ready) {
  const auto v = static_cast<size_t>(vertex);
  if (parent_[v] < 0) return;
  std::vector<int> after = {up_[v]};
  if (!ready.empty()) {
    after.push_back(ready[v]);
    // The parent adds to its own part, which must be there.
    after.push_back(ready[static_cast<size_t>(parent_[v])]);
  }
  for (const int child : children_[v]) after.push_back(up_[static_cast<size_t>(child)]);
  up_[v] = builder_.AddAfter(
      {.source = Endpoint(vertex), .target = Endpoint(parent_[v]), .chunk = chunk, .reduce = true},
      after);
}

void TreePipeline::SendDown(int vertex, int chunk) {
  const auto v = static_cast<size_t>(vertex);
  if (parent_[v] < 0) return;
  std::vector<int> after = Completion(parent_[v]);
  after.push_back(down_[v]);
  down_[v] = builder_.AddAfter(
      {.source = Endpoint(parent_[v]), .target = Endpoint(vertex), .chunk = chunk}, after);
}

}  // namespace tessera
