#include "nodes/astra/phase.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/integer.h"

namespace tessera {
namespace {

// What a rank holds after a phase.
uint64_t BytesAfter(const AstraLevel& level, AstraCollective op, uint64_t bytes) {
  const auto n = static_cast<uint64_t>(level.ring.size);
  if (level.implementation.algorithm == AstraAlgorithm::kDoubleBinaryTree) return bytes;
  if (op == AstraCollective::kAllGather) return bytes * n;
  return op == AstraCollective::kReduceScatter ? bytes / n : bytes;
}

// Appends phases while the size of the chunk changes from one to the next.
class PhaseList {
 public:
  PhaseList(const std::vector<AstraLevel>& levels, uint64_t bytes)
      : levels_(levels), bytes_(bytes) {}

  void Add(size_t level, AstraCollective op, AstraQueueHalf queues) {
    phases_.push_back({.level = level, .op = op, .bytes = bytes_, .queues = queues});
    bytes_ = BytesAfter(levels_[level], op, bytes_);
  }
  std::vector<AstraPhase> Take() { return std::move(phases_); }

 private:
  const std::vector<AstraLevel>& levels_;
  uint64_t bytes_;
  std::vector<AstraPhase> phases_;
};

}  // namespace

std::vector<AstraLevel> AstraLevels(const AstraNetwork& network,
                                    const std::vector<AstraImplementation>& implementations,
                                    int rank) {
  std::vector<AstraLevel> levels;
  int stride = 1;
  for (size_t i = 0; i < implementations.size() && i < network.dimensions.size(); ++i) {
    AstraRing ring = {.size = network.dimensions[i].npus, .stride = stride};
    if (implementations[i].flat) ring = {.size = network.npus()};
    ring.index = rank / ring.stride % ring.size;
    ring.first = rank - ring.index * ring.stride;
    levels.push_back({.implementation = implementations[i], .ring = ring});
    if (implementations[i].flat) break;
    stride *= ring.size;
  }
  return levels;
}

std::vector<AstraLevel> AstraGroupLevels(const std::vector<int>& members,
                                         const std::vector<AstraImplementation>& implementations,
                                         int rank) {
  AstraLevel level;
  if (implementations.size() == 1) level.implementation = implementations.front();
  level.ring.size = static_cast<int>(members.size());
  level.ring.index =
      static_cast<int>(std::find(members.begin(), members.end(), rank) - members.begin());
  level.ring.members = &members;
  return {level};
}

std::vector<AstraLevel> AstraLevelsOf(const AstraNetwork& network, const AstraSystem& system,
                                      const AstraGroups& groups, AstraGroupRank place,
                                      AstraCollective op) {
  const auto& implementations = system.implementations[static_cast<size_t>(op)];
  if (place.group != 0) {
    const std::vector<int>& members = groups.at(place.group);
    if (static_cast<int>(members.size()) < network.npus()) {
      return AstraGroupLevels(members, implementations, place.rank);
    }
  }
  return AstraLevels(network, implementations, place.rank);
}

std::vector<AstraPhase> AstraPhases(const std::vector<AstraLevel>& levels, AstraCollective op,
                                    uint64_t bytes, const std::vector<bool>& involved,
                                    bool all_reduce_by_parts) {
  std::vector<size_t> active;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i].ring.size > 1 && (i >= involved.size() || involved[i])) active.push_back(i);
  }
  PhaseList phases(levels, bytes);
  if (op == AstraCollective::kAllReduce && all_reduce_by_parts && !active.empty()) {
    const size_t last = active.back();
    active.pop_back();
    for (const size_t i : active) {
      phases.Add(i, AstraCollective::kReduceScatter, AstraQueueHalf::kFirst);
    }
    phases.Add(last, AstraCollective::kAllReduce, AstraQueueHalf::kFirst);
    std::reverse(active.begin(), active.end());
    for (const size_t i : active) {
      phases.Add(i, AstraCollective::kAllGather, AstraQueueHalf::kLast);
    }
    return phases.Take();
  }
  if (op == AstraCollective::kAllGather) std::reverse(active.begin(), active.end());
  for (const size_t i : active) phases.Add(i, op, AstraQueueHalf::kAny);
  return phases.Take();
}

AstraChunks AstraChunksOf(uint64_t bytes, AstraCollective op, int64_t splits, int npus) {
  const auto wanted = static_cast<uint64_t>(splits);
  const auto ranks = static_cast<uint64_t>(npus);
  AstraChunks chunks = {.bytes = bytes / wanted, .count = wanted};
  if (op != AstraCollective::kAllGather && ranks > chunks.bytes) {
    chunks.bytes = ranks;
  } else if (chunks.bytes > 0) {
    chunks.count = CeilDiv(bytes, chunks.bytes);
  }
  return chunks;
}

absl::Status CheckAstraLevel(const AstraLevel& level, AstraCollective op) {
  const AstraAlgorithm algorithm = level.implementation.algorithm;
  const bool halves = algorithm == AstraAlgorithm::kHalvingDoubling;
  const bool trees = algorithm == AstraAlgorithm::kDoubleBinaryTree;
  if ((halves || trees) && !IsPowerOfTwo(level.ring.size)) {
    return absl::InvalidArgumentError(absl::StrCat(halves ? "halvingDoubling" : "doubleBinaryTree",
                                                   ": found ", level.ring.size,
                                                   " ranks; accepted: a power of two"));
  }
  if (halves && op == AstraCollective::kAllToAll) {
    return absl::InvalidArgumentError("halvingDoubling: found an all-to-all; accepted: others");
  }
  if (trees && level.ring.members != nullptr) {
    return absl::InvalidArgumentError(
        "doubleBinaryTree: found a group; accepted: collectives over all ranks");
  }
  return absl::OkStatus();
}

}  // namespace tessera
