// The collectives of one fabric domain: a call begins when its last member has arrived, and ends
// for each member when the fabric has moved the member's last byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/engine.h"
#include "core/units.h"
#include "nodes/domain_context.h"
#include "nodes/groups.h"
#include "partition/program.h"

namespace tessera {

std::string CallText(const Instruction& instruction);
// "all_reduce of 8 bytes along tensor (call 1)"
std::string DescribeCall(const Instruction& instruction, int64_t number);

class Rendezvous {
 public:
  explicit Rendezvous(DomainContext& context) : context_(context) {}

  struct Arrival {
    int rank = 0;
    const Instruction& instruction;
    uint32_t number = 0;  // Of the rank's calls along the axis.
    Time at{};
  };
  // The call begins if it is the last. A member that asks for something else than the first did
  // ends the run with an error.
  void OnArrive(const Arrival& arrival, Engine& engine);

  // The part of `rank` in call `slot` ends at `at`; slots are the payloads of the fabric's
  // requests.
  void OnPartDone(int32_t slot, int rank, Time at, Engine& engine);
  // Call `slot` is over for all its members.
  void Close(int32_t slot, Time end, Engine& engine);

  // When the call began; Time::max() before. Only for calls that are open.
  Time Begun(GroupId group, uint32_t number) const;

 private:
  struct OpenCall {
    uint32_t number = 0;
    int32_t slot = 0;
  };
  struct Call {
    GroupId group = 0;
    int first_rank = 0;
    const Instruction* instruction = nullptr;  // Of the first member to arrive.
    uint32_t number = 0;
    int32_t missing = 0;    // Members that have not arrived.
    int32_t remaining = 0;  // Members whose part is not over.
    Time latest{};          // Arrival so far.
    Time begun = Time::max();
    BoundExchange exchange{};
    std::vector<Duration> parts{};  // Time of each member's part, where executions repeat.
  };

  int32_t SlotOf(const Arrival& arrival);
  void Begin(int32_t slot);
  // Returns the end of the last one.
  Time TellRepetitions(const Call& call, Engine& engine) const;
  void TellEnd(const Call& call, int rank, Time end, Engine& engine) const;

  DomainContext& context_;
  std::vector<Call> calls_;
  std::vector<int32_t> free_;
  absl::flat_hash_map<GroupId, std::vector<OpenCall>> open_;  // Calls of a group, few.
};

}  // namespace tessera
