// Remote memory of a parity run: an access takes latency + bytes / bandwidth, whole nanoseconds;
// accesses through the port of a node, or of the pool, go one after the other.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "configs/formats/astra.h"
#include "nodes/astra/engine.h"

namespace tessera {

int64_t AstraRemoteAccessNs(const AstraRemoteMemory& memory, uint64_t bytes);

class AstraRemoteMemoryPorts {
 public:
  // Both outlive this.
  AstraRemoteMemoryPorts(const AstraRemoteMemory& memory, int ranks, AstraEngine& engine);

  // The node of the rank is over when its access is.
  void Access(int rank, uint32_t node, uint64_t bytes);
  // The access of `rank` has left its port.
  void OnFree(int rank);

 private:
  struct Request {
    int rank = 0;
    uint32_t node = 0;
    uint64_t bytes = 0;
  };
  struct Port {
    bool busy = false;
    std::deque<Request> waiting;
  };

  Port& PortOf(int rank);
  void Begin(const Request& request);

  const AstraRemoteMemory& memory_;
  AstraEngine& engine_;
  std::vector<Port> ports_;
};

}  // namespace tessera
