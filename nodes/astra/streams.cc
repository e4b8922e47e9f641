#include "nodes/astra/streams.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/integer.h"

namespace tessera {
namespace {

constexpr int64_t kStreamsOfAGroup = 1'000'000;
constexpr int64_t kFastEndpointNs = 10;  // Of rings of groups, whatever the endpoint.

}  // namespace

AstraStreams::AstraStreams(const Inputs& inputs, AstraEngine& engine, Listener& listener)
    : inputs_(inputs),
      engine_(engine),
      listener_(listener),
      limit_(CeilDiv(inputs.system.active_chunks, inputs.queues_per_dimension)),
      ranks_(static_cast<size_t>(inputs.network.npus())) {
  const size_t dimensions = inputs.network.dimensions.size();
  for (Rank& rank : ranks_) {
    rank.queues.resize(dimensions * static_cast<size_t>(inputs.queues_per_dimension));
    rank.turns.assign(dimensions, {.last = inputs.queues_per_dimension / 2});
    for (std::vector<int>& trees : rank.trees) trees.resize(dimensions);
  }
}

int64_t AstraStreams::PriorityOf(Rank& rank, int64_t explicit_priority) const {
  if (inputs_.system.policy == AstraPolicy::kLifo) return rank.priorities++;
  if (inputs_.system.policy == AstraPolicy::kFifo) return rank.priorities--;
  return explicit_priority;
}

// Streams of groups take a number of the rank's own too.
int64_t AstraStreams::NextTag(Rank& rank, int group) {
  const int64_t own = rank.streams++;
  if (group == 0) return own;
  return group * kStreamsOfAGroup + rank.group_streams[group]++;
}

AstraStreams::Slot AstraStreams::NextSlot(Rank& rank, size_t dimension, AstraQueueHalf half) const {
  const int count = inputs_.queues_per_dimension;
  const int base = static_cast<int>(dimension) * count;
  Turn& turn = rank.turns[dimension];
  if (half == AstraQueueHalf::kLast) {
    const int at = turn.last++;
    if (turn.last == count) turn.last = count / 2;
    return {.queue = base + at, .up = false};
  }
  if (half == AstraQueueHalf::kFirst) {
    const int at = turn.first++;
    if (turn.first >= count / 2) turn.first = 0;
    return {.queue = base + at, .up = true};
  }
  const int at = turn.any++;
  if (turn.any == count) turn.any = 0;
  return {.queue = base + at, .up = count == 1 || at < count / 2};
}

void AstraStreams::FillPhases(const Collective& collective, const std::vector<AstraLevel>& levels,
                              uint64_t bytes, Stream& stream) {
  Rank& rank = ranks_[static_cast<size_t>(collective.rank)];
  for (const AstraPhase& phase : AstraPhases(levels, collective.op, bytes, collective.involved,
                                             inputs_.system.all_reduce_by_parts)) {
    const Slot slot = NextSlot(rank, phase.level, phase.queues);
    AstraExchangeParams params = {.level = levels[phase.level], .phase = phase, .up = slot.up};
    if (params.level.implementation.algorithm == AstraAlgorithm::kDoubleBinaryTree) {
      int& used = rank.trees[static_cast<size_t>(collective.op)][phase.level];
      params.second_tree = used++ % 2 == 1;
    }
    stream.phases.push_back(params);
    stream.queues.push_back(slot.queue);
  }
}

void AstraStreams::Start(const Collective& collective) {
  const std::vector<AstraLevel> levels =
      AstraLevelsOf(inputs_.network, inputs_.system, inputs_.groups,
                    {.group = collective.group, .rank = collective.rank}, collective.op);
  const AstraChunks chunks =
      AstraChunksOf(collective.bytes, collective.op, inputs_.system.splits, inputs_.network.npus());
  Rank& rank = ranks_[static_cast<size_t>(collective.rank)];
  if (spare_pending_.empty()) {
    spare_pending_.push_back(static_cast<uint32_t>(pending_.size()));
    pending_.emplace_back();
  }
  const uint32_t pending = spare_pending_.back();
  spare_pending_.pop_back();
  pending_[pending] = {.rank = collective.rank, .node = collective.node, .chunks = chunks.count};
  const int64_t priority = PriorityOf(rank, collective.priority);
  for (uint64_t i = 0; i < chunks.count; ++i) {
    Stream stream = {.rank = collective.rank, .priority = priority, .collective = pending};
    FillPhases(collective, levels, chunks.bytes, stream);
    if (stream.phases.empty()) return;
    stream.tag = NextTag(rank, collective.group);
    stream.fast_endpoint = levels.front().ring.members != nullptr;
    BeginPhase(NewStream(std::move(stream)));
  }
}

uint32_t AstraStreams::NewStream(Stream stream) {
  if (spare_streams_.empty()) {
    spare_streams_.push_back(static_cast<uint32_t>(streams_.size()));
    streams_.emplace_back();
  }
  const uint32_t place = spare_streams_.back();
  spare_streams_.pop_back();
  streams_[place] = std::move(stream);
  return place;
}

void AstraStreams::OnHandedOver(uint32_t stream) {
  if (!streams_[stream].exchange->OnHandedOver()) return;
  streams_[stream].exchange.reset();
  if (streams_[stream].next_phase == streams_[stream].phases.size()) {
    EndChunk(stream);
  } else {
    Advance(stream);
  }
}

// The order of steps decides who runs next where times are equal; it is ASTRA-sim's.
void AstraStreams::Advance(uint32_t stream) {
  const int rank = streams_[stream].rank;
  const int left = streams_[stream].queue;
  Leave(stream);
  Stream& s = streams_[stream];
  s.running = false;
  s.queue = s.queues[s.next_phase];
  Enqueue(stream);
  --ranks_[static_cast<size_t>(rank)].queues[static_cast<size_t>(left)].running;
  StartWaiting(rank, left);
  StartWaiting(rank, streams_[stream].queue);
}

void AstraStreams::BeginPhase(uint32_t stream) {
  Stream& s = streams_[stream];
  s.queue = s.queues[s.next_phase];
  Enqueue(stream);
  StartWaiting(s.rank, s.queue);
}

void AstraStreams::EndChunk(uint32_t stream) {
  Pending& pending = pending_[streams_[stream].collective];
  if (--pending.chunks == 0) {
    const Pending over = pending;
    spare_pending_.push_back(streams_[stream].collective);
    listener_.OnCollectiveOver(over.rank, over.node);
  }
  const int rank = streams_[stream].rank;
  const int left = streams_[stream].queue;
  Leave(stream);
  --ranks_[static_cast<size_t>(rank)].queues[static_cast<size_t>(left)].running;
  StartWaiting(rank, left);
  streams_[stream] = {};
  spare_streams_.push_back(stream);
}

void AstraStreams::Leave(uint32_t stream) {
  const Stream& s = streams_[stream];
  Queue& queue = ranks_[static_cast<size_t>(s.rank)].queues[static_cast<size_t>(s.queue)];
  queue.streams.erase(std::find(queue.streams.begin(), queue.streams.end(), stream));
}

// Behind those that run and those of the same or a higher priority.
void AstraStreams::Enqueue(uint32_t stream) {
  const Stream& s = streams_[stream];
  Queue& queue = ranks_[static_cast<size_t>(s.rank)].queues[static_cast<size_t>(s.queue)];
  const auto place = std::find_if(queue.streams.begin(), queue.streams.end(), [&](uint32_t other) {
    return !streams_[other].running && streams_[other].priority < s.priority;
  });
  queue.streams.insert(place, stream);
}

void AstraStreams::StartWaiting(int rank, int queue_number) {
  Queue& queue = ranks_[static_cast<size_t>(rank)].queues[static_cast<size_t>(queue_number)];
  while (queue.running < limit_ && queue.running < static_cast<int>(queue.streams.size())) {
    const uint32_t stream = queue.streams[static_cast<size_t>(queue.running)];
    Stream& s = streams_[stream];
    ++queue.running;
    s.running = true;
    const AstraEndpoint endpoint = {
        .rank = rank,
        .stream = stream,
        .tag = AstraEngine::CollectiveTag(s.tag),
        .delay_ns = s.fast_endpoint ? kFastEndpointNs : inputs_.endpoint_delay_ns,
        .memory_bytes_per_s = inputs_.system.local_memory_gb_per_s * 1e9};
    s.exchange = MakeAstraExchange(engine_, endpoint, s.phases[s.next_phase++]);
    s.exchange->OnStart();
  }
}

}  // namespace tessera
