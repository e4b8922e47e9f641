// Collective operations and what a communication library makes of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/schedule.h"
#include "topology/topology.h"

namespace tessera {

enum class CollectiveOp {
  kAllReduce,
  kAllGather,
  kReduceScatter,
  kAllToAll,
  kAllToAllV,
  kBroadcast,
  kReduce,
  kGather,
  kScatter,
  kBarrier,
  kSendRecv,
};
absl::StatusOr<CollectiveOp> ParseCollectiveOp(absl::string_view name);  // "all_reduce", ...
absl::string_view CollectiveOpName(CollectiveOp op);

// nccl-tests: busbw / algbw. Source: nccl-tests doc/PERFORMANCE.md.
double BusBandwidthFactor(CollectiveOp op, int ranks);

// How an operation is launched and timed; sets the floor at small sizes.
enum class Harness { kGraph, kNcclTests, kTorch, kLibrary, kInModel };
absl::StatusOr<Harness> ParseHarness(absl::string_view name);  // "nccl_tests", ...

// `bytes` as in the nccl-tests size column: all_reduce: buffer per rank; all_gather: gathered
// output; reduce_scatter: input per rank; all_to_all: buffer per rank; send_recv: bytes sent.
struct CollectiveRequest {
  CollectiveOp op = CollectiveOp::kAllReduce;
  Bytes bytes{};
  std::vector<ChipId> ranks = {};  // In rank order.
  std::vector<Bytes> matrix = {};  // all_to_allv only: [source * n + target].
  std::string algorithm = "auto";  // Or a name of AlgorithmNames().
  std::string library = "";        // "nccl", "rccl", ...; "": the chip's usual one.
  Harness harness = Harness::kInModel;
  int element_bytes = 2;
  // Every rank stands for so many: the group goes on periodically over so many times its nodes (an
  // even number of them), as far as choice, prices and chunks are concerned. Rings alone run
  // folded.
  int fold = 1;
};

// One algorithm and protocol that a library weighed for a request.
struct CollectiveCandidate {
  std::string algorithm;
  std::string protocol;  // "LL", "LL128", "Simple", "".
  // Alone on the machine, in closed form: launch and base, latencies along the critical chain, and
  // the rest, which bytes cost.
  Duration predicted{};
  Duration start{};
  Duration latency{};
  std::string limit;  // What the bytes wait for: "scale-up ports", "scale-up links", "NICs", "".
  int64_t transfers = 0;  // Of its schedule.

  std::string Name() const;  // "ring LL128".
  // "ring LL128 30.12 us = 5.40 start + 13.30 latency + 11.42 bytes (scale-up ports)".
  std::string Text() const;
};

// A library's answer: which schedule runs with which software costs, and why.
struct CollectivePlan {
  std::shared_ptr<const Schedule> schedule;
  std::vector<VertexId> endpoints;
  TransferCosts costs;
  std::string algorithm;
  std::string protocol;     // "LL", "LL128", "Simple", "".
  Duration predicted{};     // Alone on the machine, in closed form.
  std::string explanation;  // The alternatives with their predicted times.
};

// The constants of one communication library on one kind of system.
class CommunicationLibrary {
 public:
  virtual ~CommunicationLibrary() = default;
  // Pure: equal requests give equal plans. Errors: unknown algorithm, op that no algorithm of the
  // library can do, ranks outside the topology.
  virtual absl::StatusOr<CollectivePlan> Plan(const CollectiveRequest& request) const = 0;
  // What Plan chooses from, fastest first; builds no schedule where there is a closed form. Errors:
  // as of Plan; a library that cannot say.
  virtual absl::StatusOr<std::vector<CollectiveCandidate>> Weigh(
      const CollectiveRequest& request) const;
};

}  // namespace tessera
