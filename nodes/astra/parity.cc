#include "nodes/astra/parity.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/astra/engine.h"
#include "nodes/astra/remote_memory.h"
#include "nodes/astra/streams.h"
#include "nodes/astra/workload.h"

namespace tessera {
namespace {

// All layers of one run.
class ParityRun final : public AstraEngine::Listener,
                        public AstraStreams::Listener,
                        public AstraMachine {
 public:
  ParityRun(const AstraInputs& inputs, const AstraOptions& options)
      : inputs_(inputs),
        engine_(inputs.network,
                {.congestion_aware = options.congestion_aware, .rendezvous = options.rendezvous},
                *this),
        streams_(
            {.network = inputs.network,
             .system = inputs.system,
             .groups = inputs.groups,
             .queues_per_dimension = options.queues_per_dimension,
             .endpoint_delay_ns = static_cast<int64_t>(
                 static_cast<double>(inputs.system.endpoint_delay_ns) * options.injection_scale)},
            engine_, *this),
        memory_(inputs.memory, inputs.network.npus(), engine_),
        workload_({.system = inputs.system, .traces = inputs.traces}, *this) {}

  void Run() {
    workload_.Start();
    engine_.Run();
  }
  const AstraEngine& engine() const { return engine_; }
  const AstraWorkload& workload() const { return workload_; }

  void OnHandedOver(uint32_t stream) override { streams_.OnHandedOver(stream); }
  void OnReceived(uint32_t stream) override { streams_.OnReceived(stream); }
  void OnNodeOver(int rank, uint32_t node) override { workload_.OnNodeOver(rank, node); }
  void OnMemoryFree(int rank) override { memory_.OnFree(rank); }
  void OnCollectiveOver(int rank, uint32_t node) override { workload_.OnNodeOver(rank, node); }

  int64_t now_ns() const override { return engine_.now(); }
  void StartTimer(int rank, uint32_t node, int64_t duration_ns) override {
    engine_.After(rank, duration_ns, {.kind = AstraCall::Kind::kNode, .subject = node});
  }
  void StartMessage(int rank, uint32_t node) override;
  void StartCollective(int rank, uint32_t node) override;
  void StartMemoryAccess(int rank, uint32_t node) override {
    memory_.Access(rank, node, NodeOf(rank, node).tensor_bytes);
  }

 private:
  const ChakraNode& NodeOf(int rank, uint32_t node) const {
    return inputs_.traces[static_cast<size_t>(rank)].nodes[node];
  }

  const AstraInputs& inputs_;
  AstraEngine engine_;
  AstraStreams streams_;
  AstraRemoteMemoryPorts memory_;
  AstraWorkload workload_;
};

void ParityRun::StartMessage(int rank, uint32_t node) {
  const ChakraNode& n = NodeOf(rank, node);
  const uint32_t channel =
      engine_.OpenChannel(AstraMessageKey(n, rank, AstraEngine::NativeTag(n.tag)));
  const AstraToken token = AstraEngine::NodeToken(rank, node);
  if (n.type == ChakraType::kSend) {
    engine_.Send(channel, token);
  } else {
    engine_.Receive(channel, token);
  }
  engine_.CloseChannel(channel);
}

void ParityRun::StartCollective(int rank, uint32_t node) {
  const ChakraNode& n = NodeOf(rank, node);
  streams_.Start({.rank = rank,
                  .node = node,
                  .op = *AstraCollectiveOf(n.collective),
                  .bytes = n.bytes,
                  .group = n.group,
                  .priority = n.priority,
                  .involved = n.involved_dimensions});
}

}  // namespace

int64_t AstraResult::max_ns() const {
  int64_t most = 0;
  for (const AstraRankResult& rank : ranks) most = std::max(most, rank.finish_ns);
  return most;
}

int64_t AstraResult::min_ns() const {
  int64_t least = max_ns();
  for (const AstraRankResult& rank : ranks) least = std::min(least, rank.finish_ns);
  return least;
}

absl::StatusOr<AstraResult> RunAstraParity(const AstraInputs& inputs, const AstraOptions& options) {
  TESSERA_RETURN_IF_ERROR(CheckAstraInputs(inputs));
  if (options.congestion_aware && inputs.network.dimensions.size() != 1) {
    return absl::UnimplementedError(
        absl::StrCat("congestion-aware: found ", inputs.network.dimensions.size(),
                     " dimensions; accepted: one, as by ASTRA-sim (--mode congestion-unaware or "
                     "tessera takes more)"));
  }
  ParityRun run(inputs, options);
  run.Run();
  AstraResult result;
  result.messages = run.engine().messages();
  for (int rank = 0; rank < inputs.network.npus(); ++rank) {
    const AstraWorkload::Outcome outcome = run.workload().OutcomeOf(rank);
    if (!outcome.finish_ns) return AstraNeverEnds(rank, run.workload().StuckNodes(rank));
    result.ranks.push_back(
        {.finish_ns = *outcome.finish_ns, .exposed_ns = *outcome.finish_ns - outcome.compute_ns});
  }
  return result;
}

ChakraTrace OneCollectiveTrace(ChakraCollective collective, uint64_t bytes) {
  ChakraTrace trace;
  trace.version = "0.0.4";
  trace.nodes.push_back({.id = 1,
                         .name = "collective",
                         .type = ChakraType::kCollective,
                         .collective = collective,
                         .bytes = bytes});
  return trace;
}

}  // namespace tessera
