// `tessera search`: looks through a declared space of plans. Every plan is checked for the rules,
// its memory, and priced by the closed form; the best are simulated. What loses is told why.
//
// Nothing is sampled and nothing is cut off by a guess: a plan is left out only if it breaks a rule
// or does not fit, and every other one is priced. The answer is the same for any number of jobs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/search_spec.h"
#include "core/window_transport.h"
#include "partition/closed_form.h"
#include "partition/plan_space.h"

namespace tessera {

struct SearchOptions {
  int top = 5;   // Plans to simulate; 0: none.
  int jobs = 1;  // Processes that are forked from this one.
  // Not null: this is one process of several, each of which calls SearchPlans with equal arguments
  // and gets the result. They share the work, and `jobs` is not looked at.
  WindowTransport* transport = nullptr;
  // Finished parts are kept here and not done again; "": nowhere.
  std::string state_file{};
  std::string fingerprint{};  // Of what is searched; parts of another one are not used.
  std::function<void(const char* phase, int done, int all)> on_progress = nullptr;
  const std::atomic<bool>* stop = nullptr;
};

// What a plan costs once simulated.
struct PlanFigures {
  Duration step{};
  Bytes memory{};                         // Of the fullest rank.
  std::optional<double> energy_joules{};  // Of all chips and links in one step.
  std::optional<double> dollars{};        // Of one step.
};

struct FoundPlan {
  int64_t index = 0;  // In the space.
  PlanSpec plan{};    // Completed.
  PlanCost cost{};    // By closed form, memory included.
  std::optional<PlanFigures> simulated{};
  std::string failure{};  // Why the simulation has no figures.
  bool on_front = false;  // No simulated plan is better or equal in time, memory, energy and cost.
  std::string loses_because{};  // Against the first; "" for itself.
};

// What became of the plans with one value of one part.
struct ValueOutcome {
  PlanPart part = PlanPart::kTensor;
  int value = 0;
  int64_t plans = 0, illegal = 0, too_large = 0;
  std::optional<FoundPlan> best{};  // By closed form.
  std::string loses_because{};      // Or the rule that all break, or the memory that none has.
};

struct SearchResult {
  int64_t candidates = 0, illegal = 0, too_large = 0, priced = 0;
  std::vector<FoundPlan> plans{};        // Simulated ones by time, then the others.
  std::vector<ValueOutcome> outcomes{};  // Of parts with several values.
  bool interrupted = false;
};

// Errors: the job is neither training nor inference, the chip cannot be modelled, no plan of the
// space is legal and fits (with the nearest miss), the state file cannot be written.
absl::StatusOr<SearchResult> SearchPlans(const SearchScenario& search,
                                         const SearchOptions& options);

}  // namespace tessera
