#include "nodes/astra/remote_memory.h"

#include "core/integer.h"

namespace tessera {

int64_t AstraRemoteAccessNs(const AstraRemoteMemory& memory, uint64_t bytes) {
  const double seconds = static_cast<double>(bytes) / (memory.bandwidth_gb_per_s * 1e9);
  return memory.latency_ns + static_cast<int64_t>(seconds * 1e9);
}

AstraRemoteMemoryPorts::AstraRemoteMemoryPorts(const AstraRemoteMemory& memory, int ranks,
                                               AstraEngine& engine)
    : memory_(memory), engine_(engine) {
  if (memory.kind == AstraMemory::kPool) ports_.resize(1);
  if (memory.kind == AstraMemory::kPerNode) {
    ports_.resize(static_cast<size_t>(CeilDiv(ranks, memory.npus_per_node)));
  }
}

AstraRemoteMemoryPorts::Port& AstraRemoteMemoryPorts::PortOf(int rank) {
  if (memory_.kind == AstraMemory::kPool) return ports_.front();
  return ports_[static_cast<size_t>(rank / memory_.npus_per_node)];
}

void AstraRemoteMemoryPorts::Begin(const Request& request) {
  const int64_t duration = AstraRemoteAccessNs(memory_, request.bytes);
  engine_.After(request.rank, duration, {.kind = AstraCall::Kind::kNode, .subject = request.node});
  if (ports_.empty()) return;
  engine_.After(request.rank, duration, {.kind = AstraCall::Kind::kMemory});
}

void AstraRemoteMemoryPorts::Access(int rank, uint32_t node, uint64_t bytes) {
  const Request request = {.rank = rank, .node = node, .bytes = bytes};
  if (!ports_.empty()) {
    Port& port = PortOf(rank);
    if (port.busy) return port.waiting.push_back(request);
    port.busy = true;
  }
  Begin(request);
}

void AstraRemoteMemoryPorts::OnFree(int rank) {
  Port& port = PortOf(rank);
  port.busy = !port.waiting.empty();
  if (!port.busy) return;
  const Request next = port.waiting.front();
  port.waiting.pop_front();
  Begin(next);
}

}  // namespace tessera
