// Exchanges that all nodes of a machine carry out alike, written down once for all of them: what a
// regular job on a million chips does, in as many lines as it has steps.
//
// Chips are numbered node by node; "place" is the number of a chip in its node.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/units.h"
#include "fabric/schedule.h"

namespace tessera {

struct SymmetricStep {
  enum class Peer : uint8_t {
    kPlaceShift,  // The chip `distance` places further in the node, round its end.
    kNodeShift,   // The same place, `distance` nodes further, round the end of the machine.
    kNodeXor,     // The same place of the node whose number is xor `distance`.
  };
  Peer peer = Peer::kPlaceShift;
  int distance = 0;  // Not 0; may be negative for shifts.
  Bytes bytes{};     // That every chip which takes part sends.
  // Only nodes whose number modulo `period` is in [first, last) send: the stages of a pipeline.
  int period = 1;
  int first = 0;
  int last = 1;
  // Earlier steps: the transfer waits for what its source has sent and received in them.
  std::vector<int32_t> after = {};
};

// In a topological order.
struct SymmetricSchedule {
  int nodes = 1;
  int chips_per_node = 1;
  std::vector<SymmetricStep> steps = {};

  int chips() const { return nodes * chips_per_node; }
};

// Errors: distances or periods that do not fit the machine, steps that wait for later ones.
absl::Status CheckSymmetric(const SymmetricSchedule& schedule);

// The chip that `chip` sends to in a step; -1 if its node does not send.
int TargetOf(const SymmetricSchedule& schedule, const SymmetricStep& step, int chip);
// The chip that sends to `chip`; -1 if none does.
int SourceOf(const SymmetricSchedule& schedule, const SymmetricStep& step, int chip);

// Every transfer on its own, ranks being chips; transfers of a step stand together, by source.
// `schedule` is checked. Linear in transfers.
Schedule Unfold(const SymmetricSchedule& schedule);

}  // namespace tessera
