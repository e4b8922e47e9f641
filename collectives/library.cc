#include "collectives/library.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "collectives/algorithm.h"
#include "collectives/group_layout.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::string_view ScheduleName(absl::string_view requested) {
  if (requested == "tree") return "double_binary_tree";
  if (requested == "nvls" || requested == "nvls_tree" || requested == "sharp") return "in_network";
  if (requested == "custom" || requested.empty()) return "auto";
  return requested;
}

// One way to do an operation, with its predicted time.
struct Candidate {
  const LibraryAlgorithm* row = nullptr;
  std::string algorithm;
  AlgorithmInput input;
  TransferCosts costs;
  Duration time;

  std::string Name() const {
    return row->protocol.empty() ? algorithm : absl::StrCat(algorithm, " ", row->protocol);
  }
};

class DataLibrary final : public CommunicationLibrary {
 public:
  DataLibrary(LibrarySpec spec, const SystemSpec& system, const Topology& topology,
              const LibrarySystem& constants)
      : spec_(std::move(spec)), topology_(topology), constants_(constants) {
    scale_up_topology_ = system.scale_up;
    if (!system.scale_out.has_value()) return;
    for (const LibraryTransport& t : spec_.transports) {
      if (!MatchesAny(t.links, system.scale_out->link.name)) continue;
      transport_ = t;
      break;
    }
  }

  absl::StatusOr<CollectivePlan> Plan(const CollectiveRequest& request) const override {
    TESSERA_ASSIGN_OR_RETURN(const GroupLayout layout, LayoutOf(request.ranks, topology_));
    TESSERA_ASSIGN_OR_RETURN(std::vector<Candidate> candidates, Candidates(request, layout));
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.time < b.time; });
    return MakePlan(request, layout, candidates);
  }

 private:
  using Key =
      std::tuple<std::string, CollectiveOp, int, Bytes, int, int, int, int, std::vector<Bytes>>;

  Duration HarnessTime(Harness harness) const {
    switch (harness) {
      case Harness::kGraph:
        return spec_.harness_graph;
      case Harness::kNcclTests:
        return spec_.harness_nccl_tests;
      case Harness::kTorch:
        return spec_.harness_torch;
      case Harness::kLibrary:
        return spec_.harness_library;
      case Harness::kInModel:
        break;
    }
    return spec_.harness_in_model;
  }

  bool Applies(const LibraryAlgorithm& row, const CollectiveRequest& request,
               const GroupLayout& layout) const {
    const int n = static_cast<int>(request.ranks.size());
    const auto within = [](int value, int least, int most) {
      return value >= least && (most == 0 || value <= most);
    };
    const auto has = [](const auto& list, const auto& value) {
      return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
    };
    return within(n, row.min_ranks, row.max_ranks) &&
           within(layout.nodes, row.min_nodes, row.max_nodes) && request.bytes >= row.min_bytes &&
           (row.max_bytes == Bytes(0) || request.bytes <= row.max_bytes) &&
           has(row.operations, std::string(CollectiveOpName(request.op))) &&
           has(row.topologies, scale_up_topology_);
  }

  bool CanReduce(const CollectiveRequest& request) const {
    return topology_.reducing_switch(request.ranks[0] / topology_.chips_per_node()) >= 0;
  }

  absl::StatusOr<std::vector<Candidate>> Candidates(const CollectiveRequest& request,
                                                    const GroupLayout& layout) const {
    const absl::string_view wanted = ScheduleName(request.algorithm);
    const std::vector<std::string> able = AlgorithmsFor(request.op);
    std::vector<Candidate> candidates;
    for (const LibraryAlgorithm& row : constants_.algorithms) {
      if (!Applies(row, request, layout) || (wanted != "auto" && row.algorithm != wanted)) continue;
      if (!std::binary_search(able.begin(), able.end(), row.algorithm)) continue;
      if (row.algorithm == "in_network" && !CanReduce(request)) continue;
      TESSERA_ASSIGN_OR_RETURN(Candidate c, Evaluate(row, row.algorithm, request, layout));
      candidates.push_back(std::move(c));
    }
    if (!candidates.empty()) return candidates;
    if (wanted == "in_network" && !CanReduce(request)) {
      return absl::InvalidArgumentError(absl::StrCat("algorithm \"", request.algorithm,
                                                     "\": no switch of the system can reduce"));
    }
    const std::string name = wanted == "auto" && !able.empty() ? able.front() : std::string(wanted);
    TESSERA_ASSIGN_OR_RETURN(Candidate c,
                             Evaluate(constants_.algorithms[0], name, request, layout));
    candidates.push_back(std::move(c));
    return candidates;
  }

  absl::StatusOr<Candidate> Evaluate(const LibraryAlgorithm& row, const std::string& algorithm,
                                     const CollectiveRequest& request,
                                     const GroupLayout& layout) const {
    Candidate c;
    c.row = &row;
    c.algorithm = algorithm;
    c.input = {.op = request.op,
               .ranks = static_cast<int>(request.ranks.size()),
               .bytes = request.bytes,
               .element_bytes = request.element_bytes,
               .ranks_per_node = layout.ranks_per_node,
               .rails = layout.rails,
               .matrix = request.matrix};
    c.costs.start =
        HarnessTime(request.harness) + (request.ranks.size() > 1 ? row.base : Duration::zero());
    c.costs.per_transfer_scale_up = row.scale_up_hop;
    c.costs.per_transfer_scale_out = row.scale_out_hop + transport_.hop;
    const int64_t most =
        row.segment > Bytes(0) ? request.bytes.count() / row.segment.count() : int64_t{1};
    TESSERA_RETURN_IF_ERROR(SetTime(row, layout, c));
    Candidate trial = c;
    while (trial.input.segments * 2 <= std::min<int64_t>(most, row.max_segments)) {
      trial.input.segments *= 2;
      TESSERA_RETURN_IF_ERROR(SetTime(row, layout, trial));
      if (trial.time < c.time) c = trial;
    }
    return c;
  }

  // The rate that keeps the busiest port at its limit, and the time that follows.
  absl::Status SetTime(const LibraryAlgorithm& row, const GroupLayout& layout, Candidate& c) const {
    TESSERA_ASSIGN_OR_RETURN(const AlgorithmCost cost, CostOf(c.algorithm, c.input));
    const double busy = BusySeconds(row, cost, layout);
    c.costs.rate_cap = Bandwidth();
    if (busy > 0) {
      c.costs.rate_cap = Bandwidth::BytesPerSecond(
          std::max<int64_t>(1, static_cast<int64_t>(cost.steady_bytes / busy)));
    }
    c.time = c.costs.start +
             CeilSeconds(cost.Seconds({.scale_up_hop = ToSeconds(c.costs.per_transfer_scale_up),
                                       .scale_out_hop = ToSeconds(c.costs.per_transfer_scale_out),
                                       .byte = busy > 0 ? busy / cost.steady_bytes : 0}));
    return absl::OkStatus();
  }

  // Seconds for which the busiest port is busy.
  double BusySeconds(const LibraryAlgorithm& row, const AlgorithmCost& cost,
                     const GroupLayout& layout) const {
    double seconds = 0;
    std::optional<Bandwidth> cap = row.max_rate;
    if (layout.nodes > 1 && row.max_rate_two_nodes.has_value()) cap = row.max_rate_two_nodes;
    if (layout.nodes > 2 && row.max_rate_more_nodes.has_value()) cap = row.max_rate_more_nodes;
    double up = row.scale_up_efficiency * static_cast<double>(layout.scale_up.bytes_per_second());
    if (cap.has_value() && (up == 0 || static_cast<double>(cap->bytes_per_second()) < up)) {
      up = static_cast<double>(cap->bytes_per_second());
    }
    if (up > 0) seconds = (cost.scale_up_bytes + row.local_work * cost.local_bytes) / up;
    const double out = row.scale_out_efficiency * transport_.efficiency *
                       static_cast<double>(layout.scale_out.bytes_per_second());
    if (out > 0) seconds = std::max(seconds, cost.scale_out_bytes / out);
    return seconds;
  }

  absl::StatusOr<CollectivePlan> MakePlan(const CollectiveRequest& request,
                                          const GroupLayout& layout,
                                          const std::vector<Candidate>& candidates) const {
    const Candidate& best = candidates.front();
    CollectivePlan plan;
    TESSERA_ASSIGN_OR_RETURN(plan.schedule, ScheduleOf(best));
    plan.endpoints.assign(request.ranks.begin(), request.ranks.end());
    for (int i = 0; i < plan.schedule->switches; ++i) {
      const ChipId first = request.ranks[static_cast<size_t>(i * layout.ranks_per_node)];
      plan.endpoints.push_back(topology_.reducing_switch(first / topology_.chips_per_node()));
    }
    plan.costs = best.costs;
    plan.algorithm = best.algorithm;
    plan.protocol = best.row->protocol;
    plan.predicted = best.time;
    for (const Candidate& c : candidates) {
      absl::StrAppend(&plan.explanation, plan.explanation.empty() ? "" : "; ",
                      absl::StrFormat("%s %.2f us", c.Name(), ToSeconds(c.time) * 1e6));
    }
    return plan;
  }

  absl::StatusOr<std::shared_ptr<const Schedule>> ScheduleOf(const Candidate& c) const {
    const AlgorithmInput& i = c.input;
    Key key(c.algorithm, i.op, i.ranks, i.bytes, i.element_bytes, i.ranks_per_node, i.rails,
            i.segments, i.matrix);
    std::shared_ptr<const Schedule>& schedule = schedules_[std::move(key)];
    if (schedule == nullptr) {
      TESSERA_ASSIGN_OR_RETURN(Schedule built, BuildSchedule(c.algorithm, i));
      schedule = std::make_shared<const Schedule>(std::move(built));
    }
    return schedule;
  }

  LibrarySpec spec_;
  const Topology& topology_;
  LibrarySystem constants_;
  ScaleUpTopology scale_up_topology_ = ScaleUpTopology::kSingle;
  LibraryTransport transport_;
  mutable std::map<Key, std::shared_ptr<const Schedule>> schedules_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CommunicationLibrary>> MakeCommunicationLibrary(
    const SystemSpec& system, const Topology& topology, absl::string_view name) {
  const ChipSpec& chip = system.chip;
  const std::string link = system.scale_up_link.has_value() ? system.scale_up_link->name : "";
  std::vector<std::string> known;
  for (const LibrarySpec& spec : chip.libraries) {
    known.push_back(spec.name);
    if (!name.empty() && name != spec.name) continue;
    for (const LibrarySystem& s : spec.systems) {
      if (s.algorithms.empty() || !MatchesAny(s.generations, chip.generation) ||
          !MatchesAny(s.scale_up_links, link)) {
        continue;
      }
      return std::make_unique<DataLibrary>(spec, system, topology, s);
    }
  }
  if (name.empty()) name = "the usual one";
  return absl::InvalidArgumentError(absl::StrCat(
      "communication library \"", name, "\" has no constants for chip \"", chip.name,
      "\" on link \"", link,
      "\"; libraries that know the chip: ", known.empty() ? "none" : absl::StrJoin(known, ", ")));
}

}  // namespace tessera
