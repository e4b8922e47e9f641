#include "collectives/library.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "collectives/algorithm.h"
#include "collectives/group_layout.h"
#include "collectives/pricing.h"
#include "collectives/schedule_cache.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::string_view ScheduleName(absl::string_view requested) {
  if (requested == "tree") return "double_binary_tree";
  if (requested == "nvls_tree") return "nvls";
  if (requested == "custom" || requested.empty()) return "auto";
  return requested;
}

// An algorithm that can do the operation on any layout.
std::string FallbackFor(CollectiveOp op) {
  return op == CollectiveOp::kBarrier ? "recursive_doubling" : "direct";
}

bool UsesSwitch(absl::string_view algorithm) {
  return algorithm == "nvls" || algorithm == "in_network" || algorithm == "sharp";
}

// Whether the ranks lie as the algorithm wants them.
bool Fits(absl::string_view algorithm, const GroupLayout& layout) {
  const std::vector<GridDimension>& grid = layout.grid;
  if (algorithm == "line") return grid.size() == 1;
  if (algorithm == "half_ring" || algorithm == "bidirectional_ring") {
    return grid.size() == 1 && (grid[0].wraps || grid[0].extent == 2);
  }
  if (algorithm == "torus" || algorithm == "torus_one_colour" || algorithm == "themis") {
    return !grid.empty();
  }
  return true;
}

class DataLibrary final : public CommunicationLibrary {
 public:
  DataLibrary(LibrarySpec spec, const SystemSpec& system, const Topology& topology,
              const LibrarySystem& constants)
      : spec_(std::move(spec)), system_(system), topology_(topology), constants_(constants) {
    if (!system.scale_out.has_value()) return;
    for (const LibraryTransport& t : spec_.transports) {
      if (!MatchesAny(t.links, system.scale_out->link.name)) continue;
      transport_ = t;
      break;
    }
  }

  absl::StatusOr<CollectivePlan> Plan(const CollectiveRequest& request) const override {
    TESSERA_ASSIGN_OR_RETURN(GroupLayout layout, LayoutOf(request.ranks, system_, topology_));
    layout.nodes *= request.fold;
    TESSERA_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, Ranked(request, layout));
    return MakePlan(request, layout, candidates);
  }

  absl::StatusOr<std::vector<CollectiveCandidate>> Weigh(
      const CollectiveRequest& request) const override {
    TESSERA_ASSIGN_OR_RETURN(const GroupLayout layout, LayoutOf(request.ranks, system_, topology_));
    TESSERA_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, Ranked(request, layout));
    std::vector<CollectiveCandidate> summaries;
    for (const Candidate& c : candidates) summaries.push_back(c.Summary());
    return summaries;
  }

 private:
  absl::StatusOr<std::vector<Candidate>> Ranked(const CollectiveRequest& request,
                                                const GroupLayout& layout) const {
    TESSERA_ASSIGN_OR_RETURN(std::vector<Candidate> candidates, Candidates(request, layout));
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.time < b.time; });
    return candidates;
  }

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
    const int n = static_cast<int>(request.ranks.size()) * request.fold;
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
           has(row.topologies, system_.scale_up) && Fits(row.algorithm, layout);
  }

  bool CanReduce(const CollectiveRequest& request) const {
    return topology_.reducing_switch(request.ranks[0] / topology_.chips_per_node()) >= 0;
  }

  absl::StatusOr<std::vector<Candidate>> Candidates(const CollectiveRequest& request,
                                                    const GroupLayout& layout) const {
    const absl::string_view wanted = ScheduleName(request.algorithm);
    const std::vector<std::string> able = AlgorithmsFor(request.op);
    const PricingContext context = {.request = request,
                                    .layout = layout,
                                    .system = system_,
                                    .topology = topology_,
                                    .transport = transport_,
                                    .schedules = schedules_,
                                    .harness = HarnessTime(request.harness)};
    std::vector<Candidate> candidates;
    for (const LibraryAlgorithm& row : constants_.algorithms) {
      if (!Applies(row, request, layout) || (wanted != "auto" && row.algorithm != wanted)) continue;
      if (!std::binary_search(able.begin(), able.end(), row.algorithm)) continue;
      if (UsesSwitch(row.algorithm) && !CanReduce(request)) continue;
      TESSERA_ASSIGN_OR_RETURN(Candidate c, Price(row, row.algorithm, context));
      candidates.push_back(std::move(c));
    }
    if (!candidates.empty()) return candidates;
    if (UsesSwitch(wanted) && !CanReduce(request)) {
      return absl::InvalidArgumentError(absl::StrCat("algorithm \"", request.algorithm,
                                                     "\": no switch of the system can reduce"));
    }
    return Borrowing(wanted == "auto" ? FallbackFor(request.op) : std::string(wanted), context);
  }

  // `name`, which the library does not have here, with the constants of its first algorithm that
  // applies, one candidate a protocol. Algorithms in switches borrow from such ones.
  absl::StatusOr<std::vector<Candidate>> Borrowing(const std::string& name,
                                                   const PricingContext& context) const {
    std::vector<Candidate> candidates;
    for (const LibraryAlgorithm& row : constants_.algorithms) {
      if (!Applies(row, context.request, context.layout)) continue;
      if (UsesSwitch(row.algorithm) != UsesSwitch(name)) continue;
      if (!candidates.empty() && candidates[0].row->algorithm != row.algorithm) continue;
      TESSERA_ASSIGN_OR_RETURN(Candidate c, Price(row, name, context));
      candidates.push_back(std::move(c));
    }
    if (!candidates.empty()) return candidates;
    TESSERA_ASSIGN_OR_RETURN(Candidate c, Price(constants_.algorithms[0], name, context));
    candidates.push_back(std::move(c));
    return candidates;
  }

  absl::StatusOr<CollectivePlan> MakePlan(const CollectiveRequest& request,
                                          const GroupLayout& layout,
                                          const std::vector<Candidate>& candidates) const {
    const Candidate& best = candidates.front();
    if (request.fold > 1 && best.algorithm != "ring") {
      return absl::FailedPreconditionError(
          absl::StrCat(best.algorithm, " does not fold; only ring does"));
    }
    CollectivePlan plan;
    TESSERA_ASSIGN_OR_RETURN(plan.schedule, schedules_.Get(best.algorithm, best.input));
    plan.endpoints = EndpointsOf(request, layout, plan.schedule->switches, topology_);
    plan.costs = best.costs;
    plan.algorithm = best.algorithm;
    plan.protocol = best.row->protocol;
    plan.predicted = best.time;
    for (const Candidate& c : candidates) {
      absl::StrAppend(&plan.explanation, plan.explanation.empty() ? "" : "; ",
                      absl::StrFormat("%s %.2f us", c.Summary().Name(), ToSeconds(c.time) * 1e6));
    }
    return plan;
  }

  LibrarySpec spec_;
  SystemSpec system_;
  const Topology& topology_;
  LibrarySystem constants_;
  LibraryTransport transport_;
  mutable ScheduleCache schedules_;
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
