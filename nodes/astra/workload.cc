#include "nodes/astra/workload.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
namespace tessera {
std::optional<AstraCollective> AstraCollectiveOf(ChakraCollective collective) {
  switch (collective) {
    case ChakraCollective::kAllReduce:
      return AstraCollective::kAllReduce;
    case ChakraCollective::kAllGather:
      return AstraCollective::kAllGather;
    case ChakraCollective::kReduceScatter:
      return AstraCollective::kReduceScatter;
    case ChakraCollective::kAllToAll:
      return AstraCollective::kAllToAll;
    default:
      return std::nullopt;
  }
}

AstraChannelKey AstraMessageKey(const ChakraNode& node, int rank, uint64_t tag) {
  const bool sends = node.type == ChakraType::kSend;
  const int peer = static_cast<int>(*(sends ? node.target : node.source));
  return {.tag = tag,
          .source = sends ? rank : peer,
          .target = sends ? peer : rank,
          .bytes = node.bytes};
}

absl::Status AstraNeverEnds(int rank, const std::vector<uint64_t>& nodes) {
  return absl::FailedPreconditionError(
      absl::StrCat("rank ", rank, " never ends: it waits for node ", absl::StrJoin(nodes, ", "),
                   " of its trace (a message without its other side, a collective that some ranks "
                   "do not join, or one over a single rank)"));
}

int64_t AstraRecordedNs(const ChakraNode& node) {
  return node.duration_us == 0 ? 1 : static_cast<int64_t>(node.duration_us) * 1000;
}

int64_t AstraRooflineNs(const ChakraNode& node, const AstraSystem& system) {
  const auto operations = static_cast<double>(node.operations);
  const double intensity = operations / static_cast<double>(node.tensor_bytes);
  const double rate =
      std::min(system.local_memory_gb_per_s * 1e9 * intensity, system.peak_tflops * 1e12);
  return static_cast<int64_t>(operations / rate * 1e9);
}

AstraWorkload::AstraWorkload(const Inputs& inputs, AstraMachine& machine)
    : inputs_(inputs), machine_(machine), ranks_(inputs.traces.size()) {
  for (size_t r = 0; r < ranks_.size(); ++r) {
    const ChakraTrace& trace = inputs.traces[r];
    Rank& rank = ranks_[r];
    rank.followers.resize(trace.nodes.size());
    rank.waits_for.resize(trace.nodes.size());
    for (uint32_t i = 0; i < trace.nodes.size(); ++i) {
      const auto& dependencies = trace.nodes[i].dependencies;
      for (const uint64_t id : dependencies) {
        rank.followers[static_cast<size_t>(trace.PositionOf(id))].push_back(i);
      }
      rank.waits_for[i] = static_cast<uint32_t>(dependencies.size());
      if (dependencies.empty()) rank.ready.insert(rank.ready.end(), i);
    }
  }
}

void AstraWorkload::Start() {
  for (int rank = 0; rank < static_cast<int>(ranks_.size()); ++rank) {
    IssueReady(rank);
    FinishIfDone(rank);
  }
}

bool* AstraWorkload::ResourceOf(Rank& rank, const ChakraNode& node) {
  if (node.on_cpu) return &rank.cpu_busy;
  if (node.type == ChakraType::kCompute) return &rank.compute_busy;
  return node.type == ChakraType::kReceive ? nullptr : &rank.other_busy;
}

// Nodes that become ready here by others that take no time wait for the next end of a node, as in
// ASTRA-sim.
void AstraWorkload::IssueReady(int rank) {
  Rank& r = ranks_[static_cast<size_t>(rank)];
  const std::vector<uint32_t> ready(r.ready.begin(), r.ready.end());
  for (const uint32_t node : ready) {
    bool* const resource = ResourceOf(r, NodeOf(rank, node));
    if (resource != nullptr && *resource) continue;
    if (resource != nullptr) *resource = true;
    r.ready.erase(node);
    r.ongoing.insert(node);
    Issue(rank, node);
  }
}

void AstraWorkload::Issue(int rank, uint32_t node) {
  const ChakraNode& n = NodeOf(rank, node);
  if (inputs_.system.replay_only) return Replay(rank, node);
  switch (n.type) {
    case ChakraType::kCompute:
      return IssueCompute(rank, node);
    case ChakraType::kMemoryLoad:
    case ChakraType::kMemoryStore:
      return machine_.StartMemoryAccess(rank, node);
    case ChakraType::kSend:
    case ChakraType::kReceive:
      return machine_.StartMessage(rank, node);
    case ChakraType::kCollective:
      // ASTRA-sim has no broadcast: it lasts as long as it was recorded.
      if (n.collective == ChakraCollective::kBroadcast) {
        return machine_.StartTimer(rank, node, AstraRecordedNs(n));
      }
      return machine_.StartCollective(rank, node);
    case ChakraType::kInvalid:
    case ChakraType::kMetadata:
      return End(rank, node);
  }
}

void AstraWorkload::Occupy(int rank, uint32_t node, int64_t duration_ns) {
  if (!NodeOf(rank, node).on_cpu) ranks_[static_cast<size_t>(rank)].compute_ns += duration_ns;
  machine_.StartTimer(rank, node, duration_ns);
}

void AstraWorkload::Replay(int rank, uint32_t node) {
  Occupy(rank, node, AstraRecordedNs(NodeOf(rank, node)));
}

void AstraWorkload::IssueCompute(int rank, uint32_t node) {
  const ChakraNode& n = NodeOf(rank, node);
  if (!inputs_.system.roofline || n.on_cpu) return Replay(rank, node);
  if (n.tensor_bytes == 0) return End(rank, node);
  Occupy(rank, node, AstraRooflineNs(n, inputs_.system));
}

void AstraWorkload::End(int rank, uint32_t node) {
  Rank& r = ranks_[static_cast<size_t>(rank)];
  if (bool* const resource = ResourceOf(r, NodeOf(rank, node))) *resource = false;
  r.ongoing.erase(node);
  for (const uint32_t follower : r.followers[node]) {
    if (--r.waits_for[follower] == 0) r.ready.insert(follower);
  }
}

void AstraWorkload::OnNodeOver(int rank, uint32_t node) {
  End(rank, node);
  IssueReady(rank);
  FinishIfDone(rank);
}

void AstraWorkload::FinishIfDone(int rank) {
  Rank& r = ranks_[static_cast<size_t>(rank)];
  if (r.finish_ns || !r.ready.empty() || !r.ongoing.empty()) return;
  r.finish_ns = machine_.now_ns();
}

AstraWorkload::Outcome AstraWorkload::OutcomeOf(int rank) const {
  const Rank& r = ranks_[static_cast<size_t>(rank)];
  return {.finish_ns = r.finish_ns, .compute_ns = r.compute_ns};
}

std::vector<uint64_t> AstraWorkload::StuckNodes(int rank) const {
  const Rank& r = ranks_[static_cast<size_t>(rank)];
  std::vector<uint64_t> stuck;
  for (const uint32_t node : r.ongoing.empty() ? r.ready : r.ongoing) {
    if (stuck.size() < 4) stuck.push_back(NodeOf(rank, node).id);
  }
  return stuck;
}

}  // namespace tessera
