#include "study/search.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "core/status_macros.h"
#include "partition/chip_in_use.h"
#include "partition/partition.h"
#include "study/partitioned_map.h"
#include "study/plan_figures.h"
#include "study/process_pool.h"
#include "study/search_reason.h"
#include "study/search_scan.h"

namespace tessera {
namespace {

constexpr int64_t kSlices = 64;

// Finished slices in a file: a line "fingerprint slice answer" each.
class SearchState {
 public:
  SearchState(const SearchOptions& options, const PlanSpace& space)
      : path_(options.state_file),
        key_(absl::StrCat(options.fingerprint, "/", space.size(), "/", options.top)) {}

  std::map<int, std::string> Load() const {
    std::map<int, std::string> answers;
    std::ifstream file(path_);
    for (std::string line; !path_.empty() && std::getline(file, line);) {
      const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('\t', 3));
      int slice = 0;
      // A line that was cut off has no end mark.
      if (parts.size() != 4 || parts[0] != key_ || parts[3] != ".") continue;
      if (absl::SimpleAtoi(parts[1], &slice)) answers[slice] = parts[2];
    }
    return answers;
  }

  absl::Status CheckWritable() const {
    if (path_.empty() || std::ofstream(path_, std::ios::app)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("cannot write \"", path_, "\""));
  }

  // Called in child processes: one write appends one line.
  void Save(int slice, const std::string& answer) const {
    if (path_.empty()) return;
    std::ofstream(path_, std::ios::app)
        << absl::StrCat(key_, "\t", slice, "\t", answer, "\t.\n") << std::flush;
  }

 private:
  std::string path_;
  std::string key_;
};

class Search {
 public:
  Search(const SearchScenario& search, const ChipModel& chip, const SearchOptions& options)
      : scenario_(search.scenario),
        chip_(chip),
        options_(options),
        space_(search.scenario, search.space),
        evaluator_(search.scenario, chip),
        keep_(static_cast<size_t>(std::max(1, options.top))) {}

  absl::StatusOr<SearchResult> Run() {
    TESSERA_RETURN_IF_ERROR(Scan());
    SearchResult result{.candidates = space_.size(),
                        .illegal = scan_.illegal,
                        .too_large = scan_.too_large,
                        .priced = scan_.priced,
                        .interrupted = interrupted_};
    if (scan_.priced == 0 && !interrupted_) return NothingFits();
    TESSERA_RETURN_IF_ERROR(TakePlans(result));
    if (!interrupted_) TESSERA_RETURN_IF_ERROR(SimulateBest(result));
    Judge(result);
    TESSERA_RETURN_IF_ERROR(AddOutcomes(result));
    return result;
  }

 private:
  absl::Status Scan();
  absl::Status NothingFits();
  absl::StatusOr<FoundPlan> Found(int64_t index);
  absl::Status TakePlans(SearchResult& result);
  absl::Status SimulateBest(SearchResult& result);
  static void Judge(SearchResult& result);
  absl::Status AddOutcomes(SearchResult& result);
  absl::StatusOr<ValueOutcome> OutcomeOf(const ValueCount& count, const FoundPlan& best);
  // Answers of work(0) .. work(count - 1).
  absl::StatusOr<std::vector<absl::StatusOr<std::string>>> Map(
      const char* phase, int count, const std::function<std::string(int)>& work) const;

  const ScenarioSpec& scenario_;
  const ChipModel& chip_;
  const SearchOptions& options_;
  PlanSpace space_;
  PlanEvaluator evaluator_;
  size_t keep_;
  ScanResult scan_{space_};
  bool interrupted_ = false;
};

absl::StatusOr<std::vector<absl::StatusOr<std::string>>> Search::Map(
    const char* phase, int count, const std::function<std::string(int)>& work) const {
  ProcessPoolOptions pool{.jobs = options_.jobs, .stop = options_.stop};
  if (options_.on_progress) {
    pool.on_progress = [&](int done) { options_.on_progress(phase, done, count); };
  }
  if (options_.transport == nullptr) return MapInProcesses(count, work, pool);
  return MapOverPartitions(count, work, pool, *options_.transport);
}

absl::Status Search::Scan() {
  const auto slices = static_cast<int>(std::min(kSlices, space_.size()));
  const SearchState state(options_, space_);
  TESSERA_RETURN_IF_ERROR(state.CheckWritable());
  const std::map<int, std::string> kept = state.Load();
  SpaceScan scan(scenario_, chip_, space_, keep_);
  const auto work = [&](int slice) {
    if (const auto found = kept.find(slice); found != kept.end()) return found->second;
    const absl::StatusOr<ScanResult> result =
        scan.Scan(space_.size() * slice / slices, space_.size() * (slice + 1) / slices);
    if (!result.ok()) return absl::StrCat("!", result.status().message());
    std::string answer = PackScan(*result);
    state.Save(slice, answer);
    return answer;
  };
  TESSERA_ASSIGN_OR_RETURN(const auto answers, Map("price", slices, work));
  for (const absl::StatusOr<std::string>& answer : answers) {
    if (absl::IsCancelled(answer.status())) {
      interrupted_ = true;
      continue;
    }
    TESSERA_RETURN_IF_ERROR(answer.status());
    if (absl::StartsWith(*answer, "!")) return absl::InvalidArgumentError(answer->substr(1));
    TESSERA_ASSIGN_OR_RETURN(const ScanResult part, UnpackScan(space_, *answer));
    scan_.Merge(part, keep_);
  }
  return absl::OkStatus();
}

// No plan was priced: the rule that the first plan breaks, or what the smallest needs.
absl::Status Search::NothingFits() {
  PricedPlan smallest;
  for (const ValueCount& count : scan_.values[0]) {
    const bool smaller = smallest.index < 0 || count.smallest.memory_bytes < smallest.memory_bytes;
    if (count.smallest.index >= 0 && smaller) smallest = count.smallest;
  }
  if (smallest.index < 0) return evaluator_.Complete(space_.At(0)).status();
  TESSERA_ASSIGN_OR_RETURN(const PlanSpec plan, evaluator_.Complete(space_.At(smallest.index)));
  return absl::ResourceExhaustedError(
      absl::StrCat("none of ", space_.size(), " plans is legal and fits; the smallest, ",
                   PlanText(plan), ":\n", CheckFit(evaluator_.Memory(plan)).message()));
}

absl::StatusOr<FoundPlan> Search::Found(int64_t index) {
  FoundPlan found{.index = index};
  TESSERA_ASSIGN_OR_RETURN(found.plan, evaluator_.Complete(space_.At(index)));
  TESSERA_ASSIGN_OR_RETURN(found.cost, evaluator_.Time(found.plan));
  const MemoryUse memory = evaluator_.Memory(found.plan);
  found.cost.memory = memory.total;
  found.cost.fits = memory.total <= memory.capacity;
  return found;
}

// The fastest, then as many of the front over time and memory, evenly spread.
absl::Status Search::TakePlans(SearchResult& result) {
  std::vector<int64_t> indices;
  const auto take = [&](int64_t index) {
    if (std::find(indices.begin(), indices.end(), index) == indices.end()) {
      indices.push_back(index);
    }
  };
  for (const PricedPlan& plan : scan_.fastest) take(plan.index);
  const size_t front = scan_.front.size();
  for (size_t i = 0; i < std::min(keep_, front); ++i) {
    take(scan_.front[(i + 1) * front / std::min(keep_, front) - 1].index);
  }
  for (const int64_t index : indices) {
    TESSERA_ASSIGN_OR_RETURN(FoundPlan found, Found(index));
    result.plans.push_back(std::move(found));
  }
  return absl::OkStatus();
}

absl::Status Search::SimulateBest(SearchResult& result) {
  if (options_.top == 0) return absl::OkStatus();
  const int count = static_cast<int>(result.plans.size());
  const auto work = [&](int i) {
    return PackFigures(SimulatePlan(scenario_, result.plans[static_cast<size_t>(i)].plan));
  };
  TESSERA_ASSIGN_OR_RETURN(const auto answers, Map("simulate", count, work));
  for (size_t i = 0; i < answers.size(); ++i) {
    FoundPlan& plan = result.plans[i];
    result.interrupted |= absl::IsCancelled(answers[i].status());
    const absl::StatusOr<PlanFigures> figures =
        answers[i].ok() ? UnpackFigures(*answers[i]) : answers[i].status();
    if (figures.ok()) {
      plan.simulated = *figures;
    } else {
      plan.failure = std::string(figures.status().message());
    }
  }
  return absl::OkStatus();
}

void Search::Judge(SearchResult& result) {
  std::stable_sort(result.plans.begin(), result.plans.end(),
                   [](const FoundPlan& a, const FoundPlan& b) {
                     if (a.simulated.has_value() != b.simulated.has_value()) {
                       return a.simulated.has_value();
                     }
                     return StepOf(a) < StepOf(b);
                   });
  for (FoundPlan& plan : result.plans) {
    plan.on_front = IsOnFront(plan, result.plans);
    if (&plan != &result.plans.front()) plan.loses_because = WhyItLoses(plan, result.plans.front());
  }
}

absl::StatusOr<ValueOutcome> Search::OutcomeOf(const ValueCount& count, const FoundPlan& best) {
  ValueOutcome outcome{
      .plans = count.plans, .illegal = count.illegal, .too_large = count.too_large};
  if (count.best.index >= 0) {
    TESSERA_ASSIGN_OR_RETURN(FoundPlan found, Found(count.best.index));
    if (found.index != best.index) outcome.loses_because = WhyItLoses(found, best);
    outcome.best = std::move(found);
  } else if (count.smallest.index >= 0) {
    TESSERA_ASSIGN_OR_RETURN(const PlanSpec plan,
                             evaluator_.Complete(space_.At(count.smallest.index)));
    outcome.loses_because = WhyItDoesNotFit(evaluator_.Memory(plan));
  } else if (count.first_illegal >= 0) {
    outcome.loses_because =
        std::string(evaluator_.Complete(space_.At(count.first_illegal)).status().message());
  }
  return outcome;
}

absl::Status Search::AddOutcomes(SearchResult& result) {
  if (scan_.fastest.empty()) return absl::OkStatus();
  TESSERA_ASSIGN_OR_RETURN(const FoundPlan best, Found(scan_.fastest.front().index));
  for (int p = 0; p < kPlanPartCount; ++p) {
    const auto part = static_cast<PlanPart>(p);
    const std::vector<int>& values = space_.ValuesOf(part);
    for (size_t v = 0; values.size() > 1 && v < values.size(); ++v) {
      TESSERA_ASSIGN_OR_RETURN(ValueOutcome outcome,
                               OutcomeOf(scan_.values[static_cast<size_t>(p)][v], best));
      outcome.part = part;
      outcome.value = values[v];
      result.outcomes.push_back(std::move(outcome));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SearchResult> SearchPlans(const SearchScenario& search,
                                         const SearchOptions& options) {
  if (std::holds_alternative<CollectiveJob>(search.scenario.job) ||
      std::holds_alternative<std::monostate>(search.scenario.job)) {
    return absl::InvalidArgumentError("search: the job has no plan; accepted: training, inference");
  }
  ScenarioSpec open = search.scenario;
  open.plan.tensor = 0;  // Each plan has its own.
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<ChipModel> chip, MakeChipInUse(open));
  TESSERA_ASSIGN_OR_RETURN(SearchResult result, Search(search, *chip, options).Run());
  // Nobody leaves before all have heard the last answers.
  if (options.transport != nullptr) TESSERA_RETURN_IF_ERROR(options.transport->Gather("").status());
  return result;
}

}  // namespace tessera
