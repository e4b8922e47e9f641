#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/astra/parity.h"
#include "nodes/astra/phase.h"
#include "nodes/astra/workload.h"

namespace tessera {
namespace {

class TraceCheck {
 public:
  TraceCheck(const AstraInputs& inputs, int rank) : inputs_(inputs), rank_(rank) {}

  absl::Status Check(const ChakraNode& node) const {
    if (inputs_.system.replay_only) return absl::OkStatus();
    switch (node.type) {
      case ChakraType::kSend:
        return CheckPeer(node, node.source, node.target, "comm_dst");
      case ChakraType::kReceive:
        return CheckPeer(node, node.target, node.source, "comm_src");
      case ChakraType::kCollective:
        return CheckCollective(node);
      case ChakraType::kMemoryLoad:
      case ChakraType::kMemoryStore:
        return CheckMemory(node);
      case ChakraType::kCompute:
        return CheckCompute(node);
      case ChakraType::kInvalid:
      case ChakraType::kMetadata:
        break;
    }
    return absl::OkStatus();
  }

 private:
  template <typename... Parts>
  absl::Status Fault(const ChakraNode& node, const Parts&... parts) const {
    return absl::InvalidArgumentError(
        absl::StrCat("rank ", rank_, ": node ", node.id, ": ", parts...));
  }

  absl::Status CheckPeer(const ChakraNode& node, const std::optional<uint32_t>& own,
                         const std::optional<uint32_t>& peer, absl::string_view name) const {
    const auto ranks = static_cast<uint32_t>(inputs_.network.npus());
    const auto rank = static_cast<uint32_t>(rank_);
    if (own && *own != rank) return Fault(node, "found a message of rank ", *own);
    if (peer && *peer < ranks && *peer != rank) return absl::OkStatus();
    return Fault(node, name, ": found ", peer ? absl::StrCat(*peer) : "none",
                 "; accepted: another rank below ", ranks);
  }

  absl::Status CheckMemory(const ChakraNode& node) const {
    const AstraRemoteMemory& memory = inputs_.memory;
    if (memory.kind == AstraMemory::kNone) {
      return Fault(node, "found a remote memory access; accepted without memory expansion: none");
    }
    if (memory.kind != AstraMemory::kPerNode || rank_ / memory.npus_per_node < memory.nodes) {
      return absl::OkStatus();
    }
    return Fault(node, "remote memory: this rank is beyond the ", memory.nodes, " nodes of ",
                 memory.npus_per_node);
  }

  absl::Status CheckCompute(const ChakraNode& node) const {
    if (!inputs_.system.roofline || node.on_cpu || node.tensor_bytes == 0 || node.operations > 0) {
      return absl::OkStatus();
    }
    return Fault(node, "num_ops: found 0 with a tensor_size; accepted by roofline: above zero");
  }

  absl::Status CheckCollective(const ChakraNode& node) const {
    if (node.collective == ChakraCollective::kBroadcast) return absl::OkStatus();
    const std::optional<AstraCollective> op = AstraCollectiveOf(node.collective);
    if (!op) {
      return Fault(node, "found ", ChakraCollectiveName(node.collective),
                   "; accepted: ALL_REDUCE, ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL, BROADCAST");
    }
    if (node.bytes == 0 ||
        AstraChunksOf(node.bytes, *op, inputs_.system.splits, inputs_.network.npus()).bytes == 0) {
      return Fault(node, "comm_size: found ", node.bytes, "; accepted: at least ",
                   inputs_.system.splits, ", the number of splits");
    }
    TESSERA_RETURN_IF_ERROR(CheckGroup(node));
    for (const AstraLevel& level : AstraLevelsOf(inputs_.network, inputs_.system, inputs_.groups,
                                                 {.group = node.group, .rank = rank_}, *op)) {
      const absl::Status status = CheckAstraLevel(level, *op);
      if (!status.ok()) return Fault(node, status.message());
    }
    return absl::OkStatus();
  }

  absl::Status CheckGroup(const ChakraNode& node) const {
    if (node.group == 0) return absl::OkStatus();
    const auto it = inputs_.groups.find(node.group);
    if (it == inputs_.groups.end()) {
      return Fault(node, "pg_name: found group ", node.group,
                   "; accepted: 0 or a group of the communicator groups");
    }
    const std::vector<int>& members = it->second;
    if (std::find(members.begin(), members.end(), rank_) != members.end()) return absl::OkStatus();
    return Fault(node, "pg_name: group ", node.group, " is without this rank");
  }

  const AstraInputs& inputs_;
  int rank_;
};

absl::Status CheckImplementations(const AstraInputs& inputs) {
  for (size_t i = 0; i < kAstraCollectives; ++i) {
    const size_t count = inputs.system.implementations[i].size();
    if (count <= inputs.network.dimensions.size()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(AstraCollectiveName(static_cast<AstraCollective>(i)), ": found ", count,
                     " implementations; accepted: one a dimension, of which there are ",
                     inputs.network.dimensions.size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAstraInputs(const AstraInputs& inputs) {
  const auto ranks = static_cast<size_t>(inputs.network.npus());
  if (inputs.traces.size() != ranks) {
    return absl::InvalidArgumentError(absl::StrCat("found ", inputs.traces.size(),
                                                   " traces; accepted: ", ranks,
                                                   ", one for every NPU of the network"));
  }
  TESSERA_RETURN_IF_ERROR(CheckImplementations(inputs));
  for (size_t rank = 0; rank < ranks; ++rank) {
    const TraceCheck check(inputs, static_cast<int>(rank));
    for (const ChakraNode& node : inputs.traces[rank].nodes) {
      TESSERA_RETURN_IF_ERROR(check.Check(node));
    }
  }
  return absl::OkStatus();
}

}  // namespace tessera
