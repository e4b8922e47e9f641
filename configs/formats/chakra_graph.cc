#include "configs/formats/chakra_graph.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

absl::Status Fault(absl::string_view file, uint64_t id, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": node ", id, ": ", message));
}

}  // namespace

int64_t ChakraTrace::PositionOf(uint64_t id) const {
  const auto it =
      std::lower_bound(nodes.begin(), nodes.end(), id,
                       [](const ChakraNode& node, uint64_t wanted) { return node.id < wanted; });
  return it == nodes.end() || it->id != id ? -1 : it - nodes.begin();
}

absl::Status SortChakraNodes(ChakraTrace& trace, absl::string_view file) {
  const auto earlier = [](const ChakraNode& a, const ChakraNode& b) { return a.id < b.id; };
  std::stable_sort(trace.nodes.begin(), trace.nodes.end(), earlier);
  const auto twice =
      std::adjacent_find(trace.nodes.begin(), trace.nodes.end(),
                         [](const ChakraNode& a, const ChakraNode& b) { return a.id == b.id; });
  if (twice == trace.nodes.end()) return absl::OkStatus();
  return Fault(file, twice->id, "this id is there twice; accepted: one node an id");
}

absl::Status CheckChakraGraph(const ChakraTrace& trace, absl::string_view file) {
  const size_t n = trace.nodes.size();
  std::vector<std::vector<uint32_t>> followers(n);
  std::vector<size_t> waiting(n);
  for (size_t i = 0; i < n; ++i) {
    const ChakraNode& node = trace.nodes[i];
    waiting[i] = node.dependencies.size();
    for (const uint64_t id : node.dependencies) {
      const int64_t position = trace.PositionOf(id);
      if (position < 0) {
        return Fault(
            file, node.id,
            absl::StrCat("depends on node ", id, ", which is not there; accepted: ids of nodes"));
      }
      followers[static_cast<size_t>(position)].push_back(static_cast<uint32_t>(i));
    }
  }
  std::vector<size_t> ready;
  for (size_t i = 0; i < n; ++i) {
    if (waiting[i] == 0) ready.push_back(i);
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    for (const uint32_t follower : followers[ready[next]]) {
      if (--waiting[follower] == 0) ready.push_back(follower);
    }
  }
  if (ready.size() == n) return absl::OkStatus();
  const auto stuck = std::find_if(waiting.begin(), waiting.end(), [](size_t w) { return w > 0; });
  return Fault(file, trace.nodes[static_cast<size_t>(stuck - waiting.begin())].id,
               "waits for itself: its dependencies form a circle");
}

}  // namespace tessera
