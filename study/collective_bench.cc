#include "study/collective_bench.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectives/library.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "fabric/packet/packet_schedule.h"
#include "study/concurrent_plans.h"
#include "topology/build.h"

namespace tessera {
namespace {

// Whether one buffer holds a part for every rank.
bool IsCut(CollectiveOp op) {
  switch (op) {
    case CollectiveOp::kAllReduce:
    case CollectiveOp::kBroadcast:
    case CollectiveOp::kReduce:
    case CollectiveOp::kBarrier:
    case CollectiveOp::kSendRecv:
      return false;
    default:
      return true;
  }
}

// The most that one rank sends, in weights.
double HeaviestRow(const std::vector<double>& weights, size_t ranks) {
  double most = 0;
  for (size_t r = 0; r < ranks; ++r) {
    const auto row = weights.begin() + static_cast<std::ptrdiff_t>(r * ranks);
    most = std::max(most, std::accumulate(row, row + static_cast<std::ptrdiff_t>(ranks), 0.0));
  }
  return most;
}

}  // namespace

absl::StatusOr<CollectiveBench> CollectiveBench::Make(const CollectiveSweep& sweep) {
  CollectiveBench bench(sweep);
  TESSERA_RETURN_IF_ERROR(bench.ChooseRanks());
  const InsideSpec& inside = sweep.system.inside;
  const int chips = bench.groups_.back().back() / inside.homes() + 1;
  TESSERA_ASSIGN_OR_RETURN(bench.topology_, BuildTopology(sweep.system, sweep.nodes, chips));
  TESSERA_ASSIGN_OR_RETURN(bench.library_, MakeCommunicationLibrary(sweep.system, *bench.topology_,
                                                                    sweep.request.library));
  return bench;
}

absl::Status CollectiveBench::ChooseRanks() {
  const int per_node = sweep_->system.chips_per_node;
  const int all = sweep_->nodes * per_node;
  const int used = sweep_->chips_per_node > 0 ? sweep_->chips_per_node : per_node;
  if (used > per_node || sweep_->chips > all) {
    return absl::InvalidArgumentError(
        absl::StrCat("system \"", sweep_->system.name, "\" has ", per_node, " chips per node, ",
                     all, " on ", sweep_->nodes, sweep_->nodes == 1 ? " node" : " nodes"));
  }
  request_ = sweep_->request;
  std::vector<ChipId> chips;
  for (int chip = 0; chip < (sweep_->chips > 0 ? sweep_->chips : all); ++chip) {
    if (chip % per_node >= used) continue;
    const int ranks = sweep_->system.ranks_per_chip;
    for (int rank = chip * ranks; rank < (chip + 1) * ranks; ++rank) {
      chips.push_back(rank / sweep_->system.ranks_per_vertex());
    }
  }
  const RankSplit together{.number = static_cast<int>(chips.size())};
  TESSERA_ASSIGN_OR_RETURN(
      groups_, GroupsOf(sweep_->split.value_or(together), static_cast<int>(chips.size())));
  for (std::vector<int>& group : groups_) {
    for (int& rank : group) rank = chips[static_cast<size_t>(rank)];
  }
  return CheckWeights();
}

absl::Status CollectiveBench::CheckWeights() const {
  const auto n = static_cast<size_t>(ranks());
  const size_t cells = request_.op == CollectiveOp::kAllToAllV ? n * n : 0;
  if (sweep_->weights.size() == cells) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a matrix of ", sweep_->weights.size(),
                                                 " entries for ", CollectiveOpName(request_.op),
                                                 " of ", ranks(), " ranks; give ", cells));
}

std::vector<Bytes> CollectiveBench::Sizes() const {
  std::vector<Bytes> sizes;
  double size = static_cast<double>(sweep_->first.count());
  while (size <= static_cast<double>(sweep_->last.count())) {
    const Bytes whole = WholeElements(Bytes(static_cast<int64_t>(size)));
    if (whole > Bytes(0) && (sizes.empty() || whole > sizes.back())) sizes.push_back(whole);
    size = sweep_->step > Bytes(0) ? size + static_cast<double>(sweep_->step.count())
                                   : std::max(size + 1, size * sweep_->factor);
  }
  return sizes;
}

Bytes CollectiveBench::WholeElements(Bytes bytes) const {
  const int64_t grain = request_.element_bytes * (IsCut(request_.op) ? int64_t{ranks()} : 1);
  return Bytes(bytes.count() / grain * grain);
}

CollectiveRequest CollectiveBench::RequestFor(const std::string& algorithm, Bytes bytes,
                                              int group) const {
  CollectiveRequest request = request_;
  request.ranks = groups_[static_cast<size_t>(group)];
  request.algorithm = algorithm;
  request.bytes = bytes;
  if (sweep_->weights.empty()) return request;
  const double scale = static_cast<double>(bytes.count()) /
                       HeaviestRow(sweep_->weights, static_cast<size_t>(ranks()));
  for (const double weight : sweep_->weights) {
    request.matrix.emplace_back(std::llround(weight * scale));
  }
  return request;
}

absl::StatusOr<std::vector<CollectiveCandidate>> CollectiveBench::Weigh(
    const std::string& algorithm, Bytes bytes) const {
  return library_->Weigh(RequestFor(algorithm, bytes, 0));
}

absl::StatusOr<std::vector<CollectivePlan>> CollectiveBench::PlansFor(const std::string& algorithm,
                                                                      Bytes bytes) const {
  std::vector<CollectivePlan> plans;
  for (int group = 0; group < groups(); ++group) {
    TESSERA_ASSIGN_OR_RETURN(CollectivePlan plan,
                             library_->Plan(RequestFor(algorithm, bytes, group)));
    plans.push_back(std::move(plan));
  }
  return plans;
}

Duration CollectiveBench::TimeOfFluid(const std::vector<CollectivePlan>& plans) const {
  if (plans.size() > 1) {
    const std::vector<Duration> times = ConcurrentTimes(*topology_, plans);
    return *std::max_element(times.begin(), times.end());
  }
  Fabric::Request run{};
  run.schedule = plans[0].schedule.get();
  run.endpoints = plans[0].endpoints;
  run.costs = plans[0].costs;
  return IsolatedTime(*topology_, run);
}

absl::Status CollectiveBench::RunPackets(const std::vector<CollectivePlan>& plans,
                                         CollectiveRow& row) const {
  PacketExchange exchange;
  for (const CollectivePlan& plan : plans) {
    TESSERA_RETURN_IF_ERROR(
        AddSchedule(*plan.schedule, plan.endpoints, plan.costs, *topology_, exchange));
  }
  TESSERA_ASSIGN_OR_RETURN(
      const PacketExchangeResult result,
      RunPacketExchange(*topology_, *sweep_->packets, exchange, sweep_->transport));
  row.time = std::max(result.arrived - Time(), plans[0].costs.start);
  row.packets = {.hash = result.Hash(),
                 .events = result.events,
                 .trimmed = result.trimmed(),
                 .parts = result.parts};
  return absl::OkStatus();
}

absl::StatusOr<CollectiveRow> CollectiveBench::Run(const std::string& algorithm,
                                                   Bytes bytes) const {
  const CollectiveRequest request = RequestFor(algorithm, bytes, 0);
  CollectiveRow row;
  TESSERA_ASSIGN_OR_RETURN(row.candidates, library_->Weigh(request));
  row.bytes = bytes;
  row.count = bytes.count() / request.element_bytes / (IsCut(request.op) ? ranks() : 1);
  row.simulated = row.candidates[0].transfers * groups() <= kMostSimulatedTransfers;
  row.time = row.candidates[0].predicted;
  if (row.simulated) {
    TESSERA_ASSIGN_OR_RETURN(const auto plans, PlansFor(algorithm, bytes));
    if (sweep_->packets) {
      TESSERA_RETURN_IF_ERROR(RunPackets(plans, row));
    } else {
      row.time = TimeOfFluid(plans);
    }
  }
  if (row.time > Duration::zero()) {
    row.algorithm_bandwidth = static_cast<double>(bytes.count()) / ToSeconds(row.time);
  }
  row.bus_bandwidth = row.algorithm_bandwidth * BusBandwidthFactor(request.op, ranks());
  return row;
}

}  // namespace tessera
