// A cycle in a graph of who waits for whom: what a deadlock is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace tessera {

// The members of one cycle in order, each waiting for the next and the last for the first; empty if
// there is none. Members are 0..count-1; `waits_for` lists whom a member waits for. The same graph
// gives the same cycle. Linear in members and waits.
std::vector<int32_t> FindWaitCycle(int32_t count,
                                   const std::function<std::vector<int32_t>(int32_t)>& waits_for);

}  // namespace tessera
