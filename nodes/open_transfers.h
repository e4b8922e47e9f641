// What is under way when a run ends before its ranks do: interrupted, or for ever (deadlock).
#pragma once

#include <cstdint>
#include <vector>

#include "core/units.h"
#include "nodes/groups.h"
#include "partition/program.h"

namespace tessera {

// What the domains of a process know. A run that is interrupted on several processes counts what
// another process moves as not begun.
class OpenTransfers {
 public:
  virtual ~OpenTransfers() = default;
  // When a call of a group began; Time::max(): it has not.
  virtual Time Begun(GroupId group, uint32_t number) const = 0;
  // When the message that `target` waits for was sent; Time::max(): it was not.
  virtual Time Sent(int source, int target, int tag) const = 0;
};

struct OpenCallOfRank {
  const Instruction* instruction = nullptr;
  uint32_t number = 0;
};

// What a rank has open. If it waits for a call, that one comes first.
struct OpenWait {
  bool finished = false;
  std::vector<OpenCallOfRank> calls;  // Where it has arrived and that are not over for it.
  int source = -1;                    // Of the message it waits for; -1: it waits for none.
  int tag = 0;
};

}  // namespace tessera
