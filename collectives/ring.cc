#include "collectives/ring.h"

#include <utility>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

// The rail over which ring `ring` leaves `node`: two rails in turn, a third one to close a ring
// over an odd number of nodes.
int ExitRail(const AlgorithmInput& input, int ring, int node) {
  const int nodes = input.nodes();
  const bool closes_odd = nodes % 2 == 1 && node == nodes - 1;
  return (ring + (closes_odd ? 2 : node % 2)) % input.rails;
}

// The ranks of one node from `entry` to `exit`; the entry moves on if it is the exit too.
void AppendNode(int base, int per_node, int entry, int exit, std::vector<int>& order) {
  if (per_node > 1 && entry == exit) entry = (exit + 1) % per_node;
  order.push_back(base + entry);
  for (int i = 0; i < per_node; ++i) {
    if (i != entry && i != exit) order.push_back(base + i);
  }
  if (exit != entry) order.push_back(base + exit);
}

int Passes(const AlgorithmInput& input) { return input.op == CollectiveOp::kAllReduce ? 2 : 1; }

}  // namespace

std::vector<std::vector<int>> RingOrders(const AlgorithmInput& input) {
  const int per_node = input.per_node();
  const int nodes = input.nodes() / input.fold;
  const int run = per_node / input.rails;
  std::vector<std::vector<int>> orders(static_cast<size_t>(input.rails));
  for (int ring = 0; ring < input.rails; ++ring) {
    std::vector<int>& order = orders[static_cast<size_t>(ring)];
    for (int node = 0; node < nodes; ++node) {
      int entry = 0;
      int exit = per_node - 1;
      if (nodes > 1 && run == 1) {
        entry = ExitRail(input, ring, (node + nodes - 1) % nodes);
        exit = ExitRail(input, ring, node);
      } else if (nodes > 1) {
        exit = input.HeadOfRail(ring);
        entry = exit + run - 1;
      }
      AppendNode(node * per_node, per_node, entry, exit, order);
    }
  }
  return orders;
}

Schedule RingSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const int named = n / input.fold;
  const std::vector<std::vector<int>> orders = RingOrders(input);
  const int rings = input.rails;
  ScheduleBuilder builder(
      "ring", named,
      EvenChunks(Bytes(input.bytes.count() / input.fold), named * rings, input.element_bytes));
  const bool reduces = input.op != CollectiveOp::kAllGather;
  const int hops = Passes(input) * (n - 1);
  std::vector<int> last(static_cast<size_t>(named * rings), -1);  // Of each chunk's chain.
  for (int hop = 0; hop < hops; ++hop) {
    for (int ring = 0; ring < rings; ++ring) {
      const std::vector<int>& order = orders[static_cast<size_t>(ring)];
      for (int owner = 0; owner < named; ++owner) {
        // A reduction starts one position after its owner, so that it ends there.
        const int from = (owner + hop + (reduces ? 1 : 0)) % named;
        const int chunk = order[static_cast<size_t>(owner)] * rings + ring;
        int& before = last[static_cast<size_t>(chunk)];
        before = builder.AddAfter({.source = order[static_cast<size_t>(from)],
                                   .target = order[static_cast<size_t>((from + 1) % named)],
                                   .chunk = chunk,
                                   .reduce = reduces && hop < n - 1},
                                  {before});
      }
    }
  }
  return std::move(builder).Build();
}

AlgorithmCost RingCost(const AlgorithmInput& input) {
  const int n = input.ranks;
  const int nodes = input.nodes();
  const int per_node = input.per_node();
  const int hops = Passes(input) * (n - 1);
  // A passage leaves out one edge of the ring, an inner one where it can.
  int outer = 0;
  if (nodes > 1) {
    outer = per_node == 1   ? hops
            : per_node == 2 ? Passes(input) * nodes - (Passes(input) - 1)
                            : Passes(input) * nodes;
  }
  const double chunk = static_cast<double>(input.bytes.count()) / n;
  const double rings = input.rails;
  AlgorithmCost cost;
  cost.scale_out_hops = outer;
  cost.scale_up_hops = hops - outer;
  cost.serial_bytes = (hops - outer) * chunk / rings;
  cost.network_bytes = outer * chunk / rings;
  cost.steady_bytes = hops * chunk / rings;
  cost.local_bytes = n > 1 ? chunk : 0;
  cost.transfers = int64_t{hops} * n * input.rails;
  if (nodes > 1) cost.scale_out_bytes = cost.scale_out_edge_bytes = hops * chunk / rings;
  if (per_node > 1) {
    // With a rail for each rank, every rank sends one of the rings out of the node.
    const bool each_exits = nodes > 1 && input.rails == per_node;
    cost.scale_up_bytes = hops * chunk * (each_exits ? (rings - 1) / rings : 1.0);
  }
  return cost;
}

}  // namespace tessera
