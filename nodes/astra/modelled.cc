#include "nodes/astra/modelled.h"

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectives/algorithm.h"
#include "core/engine.h"
#include "core/integer.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "nodes/astra/phase.h"
#include "nodes/astra/workload.h"
#include "topology/topology.h"

namespace tessera {
namespace {

enum EventKind : uint32_t { kNodeOver, kCollectiveOver, kMessageOver };

// What a rank waits for in a collective.
struct Collective {
  std::vector<int> members;
  std::map<int, uint32_t> node_of_rank;
};

CollectiveOp OpOf(AstraCollective op) {
  switch (op) {
    case AstraCollective::kAllReduce:
      return CollectiveOp::kAllReduce;
    case AstraCollective::kAllGather:
      return CollectiveOp::kAllGather;
    case AstraCollective::kReduceScatter:
      return CollectiveOp::kReduceScatter;
    case AstraCollective::kAllToAll:
      break;
  }
  return CollectiveOp::kAllToAll;
}

// Ours that does what the levels do.
const char* AlgorithmOf(AstraCollective op, const std::vector<AstraLevel>& levels) {
  if (op == AstraCollective::kAllToAll) return "direct";
  if (levels.size() > 1) return "torus_one_colour";
  switch (levels.front().implementation.algorithm) {
    case AstraAlgorithm::kDirect:
      return "direct";
    case AstraAlgorithm::kHalvingDoubling:
      return "halving_doubling";
    case AstraAlgorithm::kDoubleBinaryTree:
      return op == AstraCollective::kAllReduce ? "double_binary_tree" : "ring";
    case AstraAlgorithm::kRing:
      break;
  }
  return "ring";
}

class ModelledRun final : public AstraMachine {
 public:
  ModelledRun(const AstraInputs& inputs, const AstraOptions& options)
      : inputs_(inputs),
        topology_(MakeAstraTopology(inputs.network)),
        fabric_(MakeFluidFabric(engine_, *topology_)),
        workload_({.system = inputs.system, .traces = inputs.traces}, *this) {
    const Duration delay(static_cast<int64_t>(static_cast<double>(inputs.system.endpoint_delay_ns) *
                                              1000 * options.injection_scale));
    costs_ = {.per_transfer_scale_up = delay, .per_transfer_scale_out = delay};
    message_.algorithm = "message";
    message_.ranks = 2;
    message_.chunks = 1;
    for (int rank = 0; rank < inputs.network.npus(); ++rank) {
      ports_.emplace_back(*this, rank);
      ids_.push_back(engine_.Add(ports_.back()));
    }
  }

  void Run() {
    workload_.Start();
    engine_.Run();
  }
  absl::StatusOr<AstraModelledResult> Result();

  int64_t now_ns() const override {
    return CeilDiv(engine_.now().time_since_epoch().count(), int64_t{1000});
  }
  void StartTimer(int rank, uint32_t node, int64_t duration_ns) override {
    TellAt(engine_.now() + Duration(duration_ns * 1000), rank, node);
  }
  void StartMessage(int rank, uint32_t node) override;
  void StartCollective(int rank, uint32_t node) override;
  void StartMemoryAccess(int rank, uint32_t node) override { TellAt(engine_.now(), rank, node); }

 private:
  // Hears for one rank.
  class Port final : public Component {
   public:
    Port(ModelledRun& run, int rank) : run_(run), rank_(rank) {}
    void OnEvent(const Event& event, Engine&) override { run_.OnEvent(rank_, event); }

   private:
    ModelledRun& run_;
    int rank_;
  };

  const ChakraNode& NodeOf(int rank, uint32_t node) const {
    return inputs_.traces[static_cast<size_t>(rank)].nodes[node];
  }
  ComponentId IdOf(int rank) const { return ids_[static_cast<size_t>(rank)]; }
  void TellAt(Time at, int rank, uint32_t node) {
    engine_.Send(IdOf(rank), at, IdOf(rank), kNodeOver, node);
  }
  void OnEvent(int rank, const Event& event);
  void OnMessage(int rank, uint64_t message);
  void Transfer(uint32_t channel, const ChakraNode& node, uint64_t message);
  const Schedule& ScheduleOf(const ChakraNode& node, int rank, int ranks);
  std::vector<int> MembersOf(int group) const;
  void Launch(const Schedule& schedule, const std::vector<int>& ranks, EventKind done,
              uint64_t payload);

  const AstraInputs& inputs_;
  Engine engine_;
  std::unique_ptr<Topology> topology_;
  std::unique_ptr<Fabric> fabric_;
  AstraWorkload workload_;
  TransferCosts costs_;
  std::deque<Port> ports_;
  std::vector<ComponentId> ids_;
  AstraMailbox mailbox_;
  Schedule message_;
  std::map<uint64_t, Schedule> messages_;  // By size.
  std::map<std::pair<std::string, std::pair<uint64_t, int>>, Schedule> schedules_;
  std::map<std::pair<int, int>, int> joined_;         // Collectives by (group, rank).
  std::map<std::pair<int, int>, size_t> collective_;  // By (group, number in it).
  std::deque<Collective> collectives_;
  int64_t transfers_ = 0;
};

void ModelledRun::OnEvent(int rank, const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case kNodeOver:
      return workload_.OnNodeOver(rank, static_cast<uint32_t>(event.payload));
    case kCollectiveOver:
      return workload_.OnNodeOver(rank, collectives_[event.payload].node_of_rank.at(rank));
    case kMessageOver:
      return OnMessage(rank, event.payload);
  }
}

void ModelledRun::Launch(const Schedule& schedule, const std::vector<int>& ranks, EventKind done,
                         uint64_t payload) {
  const std::vector<VertexId> endpoints(ranks.begin(), ranks.end());
  std::vector<ComponentId> ids;
  for (const int rank : ranks) ids.push_back(IdOf(rank));
  Fabric::Request request{};
  request.schedule = &schedule;
  request.endpoints = endpoints;
  request.costs = costs_;
  request.rank_components = ids;
  request.done_kind = done;
  request.done_payload = payload;
  transfers_ += static_cast<int64_t>(schedule.transfers.size());
  fabric_->Start(request);
}

// Tokens are node + 1.
void ModelledRun::StartMessage(int rank, uint32_t node) {
  const ChakraNode& n = NodeOf(rank, node);
  const uint32_t channel = mailbox_.Open(AstraMessageKey(n, rank, n.tag));
  if (n.type == ChakraType::kReceive) {
    if (mailbox_.Post(channel, node + 1)) TellAt(engine_.now(), rank, node);
  } else {
    Transfer(channel, n, uint64_t{channel} << 32 | mailbox_.Send(channel, node + 1));
  }
  mailbox_.Close(channel);
}

void ModelledRun::Transfer(uint32_t channel, const ChakraNode& node, uint64_t message) {
  Schedule& schedule = messages_.try_emplace(node.bytes, message_).first->second;
  if (schedule.transfers.empty()) {
    schedule.transfers.push_back(
        {.source = 0, .target = 1, .bytes = Bytes(static_cast<int64_t>(node.bytes))});
  }
  const AstraChannelKey& key = mailbox_.KeyOf(channel);
  Launch(schedule, {key.source, key.target}, kMessageOver, message);
}

// Both ends hear of a message; the receiver's word counts.
void ModelledRun::OnMessage(int rank, uint64_t message) {
  const auto channel = static_cast<uint32_t>(message >> 32);
  const AstraChannelKey key = mailbox_.KeyOf(channel);
  if (rank != key.target) return;
  const AstraMailbox::Arrival arrival = mailbox_.Arrive(channel, static_cast<uint32_t>(message));
  workload_.OnNodeOver(key.source, static_cast<uint32_t>(arrival.sender - 1));
  if (arrival.receiver == 0) return;
  workload_.OnNodeOver(rank, static_cast<uint32_t>(arrival.receiver - 1));
}

std::vector<int> ModelledRun::MembersOf(int group) const {
  if (group != 0) return inputs_.groups.at(group);
  std::vector<int> all;
  for (int rank = 0; rank < inputs_.network.npus(); ++rank) all.push_back(rank);
  return all;
}

void ModelledRun::StartCollective(int rank, uint32_t node) {
  const ChakraNode& n = NodeOf(rank, node);
  const int number = joined_[{n.group, rank}]++;
  const auto [it, is_new] = collective_.try_emplace({n.group, number}, collectives_.size());
  if (is_new) collectives_.push_back({.members = MembersOf(n.group), .node_of_rank = {}});
  Collective& collective = collectives_[it->second];
  collective.node_of_rank[rank] = node;
  if (collective.node_of_rank.size() < collective.members.size()) return;
  const Schedule& schedule = ScheduleOf(n, rank, static_cast<int>(collective.members.size()));
  Launch(schedule, collective.members, kCollectiveOver, it->second);
}

const Schedule& ModelledRun::ScheduleOf(const ChakraNode& node, int rank, int ranks) {
  const AstraCollective op = *AstraCollectiveOf(node.collective);
  const std::vector<AstraLevel> levels = AstraLevelsOf(
      inputs_.network, inputs_.system, inputs_.groups, {.group = node.group, .rank = rank}, op);
  AlgorithmInput input;
  input.op = OpOf(op);
  input.ranks = ranks;
  const auto bytes = static_cast<int64_t>(node.bytes);
  input.bytes = Bytes(op == AstraCollective::kAllGather ? bytes * ranks : bytes);
  if (levels.size() > 1) {
    for (const AstraLevel& level : levels) input.grid.push_back({.extent = level.ring.size});
  }
  const std::string algorithm = AlgorithmOf(op, levels);
  const auto [it, is_new] = schedules_.try_emplace(
      {absl::StrCat(algorithm, " ", static_cast<int>(op)), {node.bytes, ranks}});
  if (is_new) {
    absl::StatusOr<Schedule> schedule = BuildSchedule(algorithm, input);
    TESSERA_CHECK(schedule.ok());
    it->second = *std::move(schedule);
  }
  return it->second;
}

absl::StatusOr<AstraModelledResult> ModelledRun::Result() {
  AstraModelledResult result;
  result.run.messages = transfers_;
  for (int rank = 0; rank < inputs_.network.npus(); ++rank) {
    const AstraWorkload::Outcome outcome = workload_.OutcomeOf(rank);
    if (!outcome.finish_ns) return AstraNeverEnds(rank, workload_.StuckNodes(rank));
    result.run.ranks.push_back(
        {.finish_ns = *outcome.finish_ns, .exposed_ns = *outcome.finish_ns - outcome.compute_ns});
  }
  const absl::Span<const LinkUse> use = fabric_->link_use();
  for (size_t link = 0; link < use.size(); ++link) {
    const Duration least = TransferTime(use[link].bytes, topology_->links()[link].bandwidth);
    const int64_t ns = least.count() / 1000;
    if (ns <= result.busiest_link_ns) continue;
    result.busiest_link_ns = ns;
    result.busiest_link = topology_->LinkName(static_cast<LinkId>(link));
  }
  return result;
}

absl::Status CheckWithoutMemory(const AstraInputs& inputs) {
  if (inputs.memory.kind == AstraMemory::kNone) return absl::OkStatus();
  return absl::UnimplementedError(
      "remote memory: found an expansion; accepted in this mode: NO_MEMORY_EXPANSION");
}

}  // namespace

absl::StatusOr<AstraModelledResult> RunAstraModelled(const AstraInputs& inputs,
                                                     const AstraOptions& options) {
  TESSERA_RETURN_IF_ERROR(CheckAstraInputs(inputs));
  TESSERA_RETURN_IF_ERROR(CheckWithoutMemory(inputs));
  ModelledRun run(inputs, options);
  run.Run();
  return run.Result();
}

}  // namespace tessera
