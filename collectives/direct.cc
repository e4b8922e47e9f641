#include "collectives/direct.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

Schedule Exchange(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("direct", n, ExchangeChunks(input));
  for (int d = 1; d < n; ++d) {
    for (int r = 0; r < n; ++r) {
      const int chunk = r * n + (r + d) % n;
      const bool empty = builder.SizeOf(chunk, 1) == Bytes(0);
      if (input.op == CollectiveOp::kAllToAllV && empty) continue;
      builder.Add({.source = r, .target = (r + d) % n, .chunk = chunk});
    }
  }
  builder.EndStep();
  return std::move(builder).Build();
}

// Every rank sends to every other the chunk that the target (reduce) or the sender (gather) owns.
void AddAllPairs(ScheduleBuilder& builder, int n, bool reduce) {
  for (int d = 1; d < n; ++d) {
    for (int r = 0; r < n; ++r) {
      const int target = (r + d) % n;
      builder.Add({.source = r, .target = target, .chunk = reduce ? target : r, .reduce = reduce});
    }
  }
  builder.EndStep();
}

// One phase between rank 0 and all others; towards rank 0 or away from it.
Schedule Rooted(const AlgorithmInput& input) {
  const int n = input.ranks;
  const CollectiveOp op = input.op;
  const bool whole = op == CollectiveOp::kBroadcast || op == CollectiveOp::kReduce;
  const bool inward = op == CollectiveOp::kReduce || op == CollectiveOp::kGather;
  ScheduleBuilder builder("direct", n, EvenChunks(input.bytes, whole ? 1 : n, input.element_bytes));
  for (int r = 1; r < n; ++r) {
    builder.Add({.source = inward ? r : 0,
                 .target = inward ? 0 : r,
                 .chunk = whole ? 0 : r,
                 .reduce = op == CollectiveOp::kReduce});
  }
  builder.EndStep();
  return std::move(builder).Build();
}

Schedule SendReceive(const AlgorithmInput& input) {
  const std::vector<Bytes> whole = {input.bytes};
  ScheduleBuilder builder("direct", input.ranks, whole);
  if (input.ranks > 1) builder.Add({.source = 0, .target = 1});
  builder.EndStep();
  return std::move(builder).Build();
}

// `phases` in which every rank sends `piece` bytes to every other one.
AlgorithmCost AllPairsCost(const AlgorithmInput& input, int phases, double piece) {
  const double inside = input.per_node() - 1;
  const double outside = input.ranks - input.per_node();
  AlgorithmCost cost;
  if (input.ranks == 1) return cost;
  (outside > 0 ? cost.scale_out_hops : cost.scale_up_hops) = phases;
  (outside > 0 ? cost.network_bytes : cost.serial_bytes) = phases * piece;
  cost.scale_up_bytes = phases * piece * inside;
  cost.scale_out_bytes = phases * piece * outside * input.per_node() / input.rails;
  cost.steady_bytes = cost.scale_out_edge_bytes = phases * piece;
  cost.local_bytes = piece;
  cost.transfers = int64_t{phases} * input.ranks * (input.ranks - 1);
  return cost;
}

// Everything goes through the ports of rank 0.
AlgorithmCost RootedCost(const AlgorithmInput& input, double piece) {
  AlgorithmCost cost = AllPairsCost(input, 1, piece);
  cost.scale_out_bytes = piece * (input.ranks - input.per_node());
  cost.transfers = input.ranks - 1;
  return cost;
}

// The busiest ports of an uneven exchange.
AlgorithmCost MatrixCost(const AlgorithmInput& input) {
  const int n = input.ranks;
  const int per_node = input.per_node();
  const auto index = [](int i) { return static_cast<size_t>(i); };
  struct Load {
    double in = 0, out = 0;
    double busier() const { return std::max(in, out); }
  };
  std::vector<Load> chips(index(n));
  std::vector<Load> nics(index(input.nodes() * input.rails));
  const auto nic_of = [&](int rank) {
    return index(rank / per_node * input.rails + rank % per_node * input.rails / per_node);
  };
  AlgorithmCost cost;
  for (int s = 0; s < n; ++s) {
    for (int t = 0; t < n; ++t) {
      const auto size = static_cast<double>(input.matrix[index(s * n + t)].count());
      if (s == t) {
        cost.local_bytes = std::max(cost.local_bytes, size);
        continue;
      }
      if (size > 0) ++cost.transfers;
      const bool inside = s / per_node == t / per_node;
      (inside ? chips[index(s)] : nics[nic_of(s)]).out += size;
      (inside ? chips[index(t)] : nics[nic_of(t)]).in += size;
      cost.steady_bytes = std::max(cost.steady_bytes, size);
    }
  }
  for (const Load& l : chips) cost.scale_up_bytes = std::max(cost.scale_up_bytes, l.busier());
  for (const Load& l : nics) cost.scale_out_bytes = std::max(cost.scale_out_bytes, l.busier());
  cost.scale_out_edge_bytes = cost.steady_bytes;
  (input.nodes() > 1 ? cost.network_bytes : cost.serial_bytes) = cost.steady_bytes;
  (input.nodes() > 1 ? cost.scale_out_hops : cost.scale_up_hops) = n > 1 ? 1 : 0;
  return cost;
}

}  // namespace

Schedule DirectSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  switch (input.op) {
    case CollectiveOp::kAllToAll:
    case CollectiveOp::kAllToAllV:
      return Exchange(input);
    case CollectiveOp::kBroadcast:
    case CollectiveOp::kReduce:
    case CollectiveOp::kGather:
    case CollectiveOp::kScatter:
      return Rooted(input);
    case CollectiveOp::kSendRecv:
      return SendReceive(input);
    default:
      break;
  }
  ScheduleBuilder builder("direct", n, EvenChunks(input.bytes, n, input.element_bytes));
  if (input.op != CollectiveOp::kAllGather) AddAllPairs(builder, n, true);
  if (input.op != CollectiveOp::kReduceScatter) AddAllPairs(builder, n, false);
  return std::move(builder).Build();
}

Schedule OneShotSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const std::vector<Bytes> whole = {input.bytes};
  ScheduleBuilder builder("one_shot", n, whole);
  for (int d = 1; d < n; ++d) {
    for (int r = 0; r < n; ++r) {
      builder.Add({.source = r, .target = (r + d) % n, .reduce = true});
    }
  }
  builder.EndStep();
  return std::move(builder).Build();
}

AlgorithmCost DirectCost(const AlgorithmInput& input) {
  const auto bytes = static_cast<double>(input.bytes.count());
  switch (input.op) {
    case CollectiveOp::kAllReduce:
      return AllPairsCost(input, 2, bytes / input.ranks);
    case CollectiveOp::kAllToAllV:
      return MatrixCost(input);
    case CollectiveOp::kGather:
    case CollectiveOp::kScatter:
      return RootedCost(input, bytes / input.ranks);
    case CollectiveOp::kBroadcast:
    case CollectiveOp::kReduce:
    case CollectiveOp::kSendRecv:
      return RootedCost(input, bytes);
    default:
      return AllPairsCost(input, 1, bytes / input.ranks);
  }
}

AlgorithmCost OneShotCost(const AlgorithmInput& input) {
  return AllPairsCost(input, 1, static_cast<double>(input.bytes.count()));
}

}  // namespace tessera
