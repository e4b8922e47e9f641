// Groups of ranks that communicate, and the rendezvous of their collectives: a call begins when its
// last member arrives, and ends for each member when the fabric has moved its last byte.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "core/engine.h"
#include "core/units.h"
#include "fabric/fabric.h"
#include "nodes/fault.h"
#include "nodes/plan_cache.h"
#include "nodes/traffic.h"
#include "partition/plan.h"
#include "partition/program.h"

namespace tessera {

using CallId = int32_t;

// What the parts of an execution share.
struct ExecutionContext {
  Engine& engine;
  Fabric& fabric;
  PlanCache& plans;
  TrafficRecord& traffic;
  FaultRecord& faults;
  const ProgramSet& programs;
  const RankMap& ranks;
  int ranks_per_chip = 1;
  std::vector<ComponentId> components;  // Of each rank.
  std::array<int, kAxisCount> fold{};   // Every member of a group stands for so many; 0: itself.

  ChipId ChipOf(int rank) const { return rank / ranks_per_chip; }
};

class Communicators {
 public:
  explicit Communicators(ExecutionContext& context) : context_(context) {}

  // Forms the groups of all ranks along `axes`. O(ranks * axes).
  void Form(absl::Span<const Axis> axes);

  // Members of the group of `rank` along `axis`, in group order.
  absl::Span<const int> Group(int rank, Axis axis) const;

  // `rank` arrives at its call number `number` along the axis of `instruction`, whose group has
  // more than one member. The call begins now if it is the last. A member that asks for something
  // else than the first did ends the run with an error.
  CallId Arrive(int rank, const Instruction& instruction, int64_t number);

  // When the call began; Time::max() before.
  Time begun(CallId call) const { return calls_[static_cast<size_t>(call)].begun; }

  // The fabric, or a repetition, is done with `rank`'s part. True when nothing of the call is left
  // for the rank; else a further event follows.
  bool OnDone(CallId call, int rank, bool repeats_done);

  std::string Describe(CallId call) const;
  absl::Span<const int> MembersOf(CallId call) const;

 private:
  struct BoundPlan {
    const PreparedPlan* prepared = nullptr;
    ExchangeId exchange = 0;
  };
  using PlanKey = std::tuple<CollectiveOp, int64_t, int32_t>;  // Op, bytes, matrix.
  struct OpenCall {
    int64_t number = 0;
    CallId call = 0;
  };
  struct Communicator {
    Axis axis = Axis::kTensor;
    std::vector<int> members;
    std::vector<ChipId> chips;
    std::vector<ComponentId> components;
    absl::flat_hash_map<PlanKey, BoundPlan> plans;
    std::vector<OpenCall> gathering;  // Calls that have not begun, few.
  };
  struct Call {
    int32_t communicator = 0;
    int first_rank = 0;
    const Instruction* instruction = nullptr;  // Of the first member to arrive.
    int64_t number = 0;
    int32_t missing = 0;    // Members that have not arrived.
    int32_t remaining = 0;  // Members whose part is not over.
    Time begun = Time::max();
    BoundPlan plan;
    std::vector<Duration> parts;  // Time of each member's part, while repetitions are open.
  };

  int32_t& CommunicatorOf(int rank, Axis axis) {
    return communicator_of_[static_cast<size_t>(axis)][static_cast<size_t>(rank)];
  }
  CallId Open(int32_t communicator, const Instruction& instruction, int64_t number);
  void Begin(CallId id);
  absl::StatusOr<BoundPlan> PlanOf(Communicator& communicator, const Instruction& instruction);
  void Repeat(CallId id, Call& call);
  void Close(CallId id, Call& call);

  ExecutionContext& context_;
  std::array<std::vector<int32_t>, kAxisCount> communicator_of_;  // [axis][rank], -1: none.
  std::deque<Communicator> communicators_;
  std::vector<Call> calls_;
  std::vector<CallId> free_;
};

}  // namespace tessera
