// Store-and-forward links of a parity run against a known answer of ASTRA-sim's own unit tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "nodes/astra/wires.h"

namespace tessera {
namespace {

struct Outcome {
  int64_t finish_ns = 0;
  int arrived = 0;
  std::vector<int> chunks;  // That each link has carried.
};

// Every rank sends `bytes` to every other one at time 0, by source, then by target.
Outcome RunAllToAll(const AstraDimension& dimension, uint64_t bytes) {
  AstraClock clock;
  AstraWires wires(dimension, clock);
  const AstraHop hop = AstraHopOf(dimension, bytes);
  for (int source = 0; source < dimension.npus; ++source) {
    for (int target = 0; target < dimension.npus; ++target) {
      if (source != target) wires.Send(0, source, target, hop);
    }
  }
  Outcome outcome;
  AstraEvent event;
  while (clock.Next(event)) {
    if (event.kind == AstraEventKind::kLinkFree) {
      outcome.chunks.resize(std::max<size_t>(outcome.chunks.size(), event.subject + 1));
      ++outcome.chunks[event.subject];
      wires.OnLinkFree(event.subject);
      continue;
    }
    uint64_t payload = 0;
    if (!wires.OnArrival(event.subject, payload)) continue;
    ++outcome.arrived;
    outcome.finish_ns = clock.now();
  }
  return outcome;
}

// net-astra-ring-alltoall: 36 chunks of 19,531 ns on the busiest link, then two latencies of 500
// ns. Source: unit tests of astra-network-analytical at 599a047.
TEST(AstraWiresTest, KnownAnswerNetAstraRingAlltoall) {
  AstraDimension ring;
  ring.block = AstraBlock::kRing;
  ring.npus = 16;
  ring.bandwidth_gib_per_s = 50;
  ring.latency_ns = 500;
  const Outcome outcome = RunAllToAll(ring, 1 << 20);
  EXPECT_EQ(outcome.arrived, 16 * 15);
  EXPECT_EQ(outcome.finish_ns, 704'116);
  EXPECT_EQ(*std::max_element(outcome.chunks.begin(), outcome.chunks.end()), 36);
  // Ties go upwards: distances 1 to 8 that way, 1 to 7 the other.
  EXPECT_EQ(*std::min_element(outcome.chunks.begin(), outcome.chunks.end()), 28);
}

}  // namespace
}  // namespace tessera
