// Runs the scenarios of a study that have no result yet, on child processes of this one.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "configs/catalog.h"
#include "study/sweep_plan.h"
#include "study/sweep_store.h"

namespace tessera {

struct SweepStatus {
  int total = 0;
  int done = 0;    // Of those,
  int failed = 0;  // with an error: it does not fit, an illegal plan, ...
};

struct SweepOptions {
  int jobs = 1;  // Child processes.
  // One of several tasks that share the work: takes every tasks-th scenario from `task` on.
  int task = 0;
  int tasks = 1;
  std::function<void(const SweepStatus&)> on_progress = nullptr;
  const std::atomic<bool>* stop = nullptr;
};

// A scenario that cannot run is a result too: a failed one. A child that is killed loses the
// scenario in hand, nothing else. Errors: the folder cannot be written.
absl::StatusOr<SweepStatus> RunSweep(const SweepPlan& plan, const Catalog& catalog,
                                     const SweepStore& store, const SweepOptions& options);

// What is there: the rows of the plan's points, by key.
absl::StatusOr<absl::btree_map<std::string, SweepRow>> SweepRows(const SweepPlan& plan,
                                                                 const SweepStore& store);
SweepStatus StatusOf(const SweepPlan& plan, const absl::btree_map<std::string, SweepRow>& rows);

// A table of the rows in the order of the plan, without those that are missing.
std::string SweepText(const SweepPlan& plan, const absl::btree_map<std::string, SweepRow>& rows);
std::string SweepJson(const SweepPlan& plan, const absl::btree_map<std::string, SweepRow>& rows);

}  // namespace tessera
