// `tessera validate`: replays files of published measurements and of peer simulators' results, and
// says how far each prediction is off. Machine and task are built from the case alone.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/catalog.h"
#include "study/case_result.h"

namespace tessera {

struct ValidateOptions {
  std::string filter;    // Only results with this in "id group kind chip"; "": all.
  std::string category;  // Only this one, "A" to "E" or "oracle"; "": all.
  int jobs = 1;          // Processes.
  std::function<void(int done, int all)> on_progress = nullptr;
  const std::atomic<bool>* stop = nullptr;  // What has not run then is failed, "interrupted".
};

// Results in the order of files, cases and points, the same for any number of jobs. A measurement
// file is a list of cases, an oracle file a mapping with a `schema`. Every selected case has a
// result. Errors: a file that cannot be read or breaks its schema, with all its faults.
absl::StatusOr<std::vector<CaseResult>> Validate(const std::vector<std::string>& files,
                                                 const Catalog& catalog,
                                                 const ValidateOptions& options);

}  // namespace tessera
