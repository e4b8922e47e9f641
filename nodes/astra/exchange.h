// One rank's part in one phase of a chunk: which messages it sends and receives, in what order.
// What ASTRA-sim's native collectives do, with their habits: data passes the endpoint (a delay)
// before every send and after every receive, and a reduction costs two reads and a write of the
// message that is sent next.
#pragma once

#include <cstdint>
#include <memory>

#include "nodes/astra/engine.h"
#include "nodes/astra/phase.h"

namespace tessera {

// What an exchange needs to know of its rank and chunk.
struct AstraEndpoint {
  int rank = 0;
  uint32_t stream = 0;   // For tokens and calls.
  uint64_t tag = 0;      // Of its messages.
  int64_t delay_ns = 0;  // Of the endpoint.
  double memory_bytes_per_s{};
};

class AstraExchange {
 public:
  AstraExchange(AstraEngine& engine, const AstraEndpoint& endpoint)
      : engine_(engine), endpoint_(endpoint) {}
  AstraExchange(const AstraExchange&) = delete;
  AstraExchange& operator=(const AstraExchange&) = delete;
  virtual ~AstraExchange() = default;

  virtual void OnStart() = 0;
  virtual void OnReceived() = 0;
  // Data has passed the endpoint. True: the phase is over for this rank.
  virtual bool OnHandedOver() = 0;

 protected:
  void HandOver() { PassEndpoint(-1); }
  void ReduceAndHandOver(uint64_t bytes);
  uint32_t ChannelTo(int target, uint64_t bytes);
  uint32_t ChannelFrom(int source, uint64_t bytes);
  void SendOn(uint32_t channel) { engine_.Send(channel, 0); }
  void ReceiveOn(uint32_t channel) {
    engine_.Receive(channel, AstraEngine::StreamToken(endpoint_.stream));
  }

  AstraEngine& engine_;
  AstraEndpoint endpoint_;

 private:
  void PassEndpoint(int64_t then_ns) {
    engine_.After(
        endpoint_.rank, endpoint_.delay_ns,
        {.kind = AstraCall::Kind::kHandOver, .subject = endpoint_.stream, .then_ns = then_ns});
  }
};

// How a level runs one phase. `up`: around the ring towards higher places, else lower ones;
// `second_tree`: of the two of a double binary tree.
struct AstraExchangeParams {
  AstraLevel level;
  AstraPhase phase;
  bool up = true;
  bool second_tree = false;
};
std::unique_ptr<AstraExchange> MakeAstraExchange(AstraEngine& engine, const AstraEndpoint& endpoint,
                                                 const AstraExchangeParams& params);
std::unique_ptr<AstraExchange> MakeAstraTreeExchange(AstraEngine& engine,
                                                     const AstraEndpoint& endpoint,
                                                     const AstraExchangeParams& params);

}  // namespace tessera
