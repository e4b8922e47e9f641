// The workload layer of ASTRA-sim: every rank issues the nodes of its trace whose dependencies
// are over, lowest id first, as resources allow: one CPU node, one compute node and one of all
// others at a time; receives take no resource.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "configs/formats/astra.h"
#include "configs/formats/chakra.h"
#include "nodes/astra/mailbox.h"
namespace tessera {

// What carries out the nodes of all ranks. Each is told to AstraWorkload::OnNodeOver when it is
// over, never from within these calls.
class AstraMachine {
 public:
  virtual ~AstraMachine() = default;
  virtual int64_t now_ns() const = 0;
  virtual void StartTimer(int rank, uint32_t node, int64_t duration_ns) = 0;
  virtual void StartMessage(int rank, uint32_t node) = 0;  // A send or a receive.
  virtual void StartCollective(int rank, uint32_t node) = 0;
  virtual void StartMemoryAccess(int rank, uint32_t node) = 0;
};

class AstraWorkload {
 public:
  struct Inputs {
    const AstraSystem& system;
    const std::vector<ChakraTrace>& traces;  // By rank.
  };
  // What became of a rank.
  struct Outcome {
    std::optional<int64_t> finish_ns;  // Absent: it never came to its end.
    int64_t compute_ns = 0;            // Of its nodes that are not on the CPU.
  };

  // All outlive this.
  AstraWorkload(const Inputs& inputs, AstraMachine& machine);

  // All ranks begin, in their order.
  void Start();
  // A node of a rank is over: a timer, a message, a collective or a memory access of it.
  void OnNodeOver(int rank, uint32_t node);

  Outcome OutcomeOf(int rank) const;
  // Of a rank that never ended: the lowest nodes that were issued, or else could not be.
  std::vector<uint64_t> StuckNodes(int rank) const;

 private:
  // Positions of nodes in the trace, which ascend with their ids.
  struct Rank {
    std::vector<std::vector<uint32_t>> followers;
    std::vector<uint32_t> waits_for;
    std::set<uint32_t> ready;
    std::set<uint32_t> ongoing;
    bool cpu_busy = false;
    bool compute_busy = false;
    bool other_busy = false;
    int64_t compute_ns = 0;
    std::optional<int64_t> finish_ns;
  };

  const ChakraNode& NodeOf(int rank, uint32_t node) const {
    return inputs_.traces[static_cast<size_t>(rank)].nodes[node];
  }
  static bool* ResourceOf(Rank& rank, const ChakraNode& node);
  void IssueReady(int rank);
  void Issue(int rank, uint32_t node);
  void IssueCompute(int rank, uint32_t node);
  void Replay(int rank, uint32_t node);
  void Occupy(int rank, uint32_t node, int64_t duration_ns);
  void End(int rank, uint32_t node);
  void FinishIfDone(int rank);

  const Inputs inputs_;
  AstraMachine& machine_;
  std::vector<Rank> ranks_;
};

// ASTRA-sim's number for one of the collectives that it simulates; nothing for others.
std::optional<AstraCollective> AstraCollectiveOf(ChakraCollective collective);

// The channel of a send or receive node of `rank`.
AstraChannelKey AstraMessageKey(const ChakraNode& node, int rank, uint64_t tag);

// FailedPrecondition: the rank waits for these nodes for ever.
absl::Status AstraNeverEnds(int rank, const std::vector<uint64_t>& nodes);

// A recorded duration in nanoseconds; 1 for none.
int64_t AstraRecordedNs(const ChakraNode& node);
// By roofline: operations over the lesser of the peak and what the local memory lets through.
int64_t AstraRooflineNs(const ChakraNode& node, const AstraSystem& system);

}  // namespace tessera
