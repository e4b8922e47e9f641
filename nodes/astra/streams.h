// The system layer of a parity run: collectives cut in chunks ("streams"), which go through their
// phases over queues, one set a dimension. Of each queue a bounded number of streams runs, and the
// others wait in order of priority.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "configs/formats/astra.h"
#include "nodes/astra/engine.h"
#include "nodes/astra/exchange.h"
#include "nodes/astra/phase.h"

namespace tessera {

class AstraStreams {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnCollectiveOver(int rank, uint32_t node) = 0;
  };
  struct Inputs {
    const AstraNetwork& network;
    const AstraSystem& system;
    const AstraGroups& groups;
    int queues_per_dimension = 1;
    int64_t endpoint_delay_ns = 0;  // Scaled.
  };
  struct Collective {
    int rank = 0;
    uint32_t node = 0;  // For the listener.
    AstraCollective op = AstraCollective::kAllReduce;
    uint64_t bytes = 0;
    int group = 0;  // 0: all ranks.
    int64_t priority = 0;
    std::vector<bool> involved = {};
  };

  // All outlive this.
  AstraStreams(const Inputs& inputs, AstraEngine& engine, Listener& listener);

  // A collective that touches no dimension is never over, as in ASTRA-sim.
  void Start(const Collective& collective);

  void OnHandedOver(uint32_t stream);
  void OnReceived(uint32_t stream) { streams_[stream].exchange->OnReceived(); }

 private:
  static constexpr int kNoQueue = -1;

  struct Stream {
    int rank = 0;
    int64_t tag = 0;
    int64_t priority = 0;
    uint32_t collective = 0;
    bool running = false;
    int queue = kNoQueue;
    size_t next_phase = 0;
    std::vector<AstraExchangeParams> phases = {};
    std::vector<int> queues = {};  // Of each phase.
    bool fast_endpoint = false;
    std::unique_ptr<AstraExchange> exchange = nullptr;
  };
  struct Pending {  // A collective of which `chunks` streams are left.
    int rank = 0;
    uint32_t node = 0;
    uint64_t chunks = 0;
  };
  struct Queue {
    std::vector<uint32_t> streams;  // The running ones first.
    int running = 0;
  };
  // Which queue of a dimension is next.
  struct Turn {
    int any = 0;
    int first = 0;
    int last = 0;
  };
  struct Rank {
    int64_t priorities = 0;
    int64_t streams = 0;
    std::map<int, int64_t> group_streams;
    std::vector<Queue> queues;
    std::vector<Turn> turns;  // By dimension.
    // Trees used so far, by operation and dimension.
    std::array<std::vector<int>, kAstraCollectives> trees;
  };
  struct Slot {
    int queue = 0;
    bool up = true;
  };

  int64_t PriorityOf(Rank& rank, int64_t explicit_priority) const;
  int64_t NextTag(Rank& rank, int group);
  Slot NextSlot(Rank& rank, size_t dimension, AstraQueueHalf half) const;
  void FillPhases(const Collective& collective, const std::vector<AstraLevel>& levels,
                  uint64_t bytes, Stream& stream);
  uint32_t NewStream(Stream stream);
  void Advance(uint32_t stream);
  void BeginPhase(uint32_t stream);
  void EndChunk(uint32_t stream);
  void Leave(uint32_t stream);
  void Enqueue(uint32_t stream);
  void StartWaiting(int rank, int queue);

  const Inputs inputs_;
  AstraEngine& engine_;
  Listener& listener_;
  int limit_;  // Running streams of a queue.
  std::vector<Rank> ranks_;
  std::vector<Stream> streams_;
  std::vector<uint32_t> spare_streams_;
  std::vector<Pending> pending_;
  std::vector<uint32_t> spare_pending_;
};

}  // namespace tessera
