#include "study/validate.h"

#include <utility>

#include "absl/strings/match.h"
#include "core/status_macros.h"
#include "study/case_result_packing.h"
#include "study/process_pool.h"
#include "study/validation_case.h"

namespace tessera {
namespace {

bool IsSelected(const ValidationCase& c, const ValidateOptions& options) {
  if (c.results.empty()) return false;
  return (options.category.empty() || c.results.front().category == options.category) &&
         absl::StrContains(c.search_text, options.filter);
}

absl::StatusOr<std::vector<ValidationCase>> SelectedCases(const std::vector<std::string>& files,
                                                          const Catalog& catalog,
                                                          const ValidateOptions& options) {
  std::vector<ValidationCase> selected;
  for (const std::string& file : files) {
    TESSERA_ASSIGN_OR_RETURN(std::vector<ValidationCase> cases, ReadValidationFile(file, catalog));
    for (ValidationCase& c : cases) {
      if (IsSelected(c, options)) selected.push_back(std::move(c));
    }
  }
  return selected;
}

std::vector<CaseResult> Broken(std::vector<CaseResult> results, const absl::Status& why) {
  for (CaseResult& result : results) {
    result.status = CaseStatus::kFailed;
    result.reason = std::string(why.message());
  }
  return results;
}

}  // namespace

absl::StatusOr<std::vector<CaseResult>> Validate(const std::vector<std::string>& files,
                                                 const Catalog& catalog,
                                                 const ValidateOptions& options) {
  TESSERA_ASSIGN_OR_RETURN(const std::vector<ValidationCase> cases,
                           SelectedCases(files, catalog, options));
  std::vector<const ValidationCase*> to_run;
  for (const ValidationCase& c : cases) {
    if (MayRun(c)) to_run.push_back(&c);
  }
  const int count = static_cast<int>(to_run.size());
  ProcessPoolOptions pool{.jobs = options.jobs, .stop = options.stop};
  if (options.on_progress) {
    pool.on_progress = [&](int done) { options.on_progress(done, count); };
  }
  const auto run = [&](int i) {
    return PackCaseResults(RunValidationCase(*to_run[static_cast<size_t>(i)], catalog));
  };
  TESSERA_ASSIGN_OR_RETURN(const auto answers, MapInProcesses(count, run, pool));
  std::vector<CaseResult> results;
  size_t next = 0;
  for (const ValidationCase& c : cases) {
    std::vector<CaseResult> of_case = c.results;
    if (MayRun(c)) {
      const absl::StatusOr<std::string>& answer = answers[next++];
      of_case = answer.ok() ? UnpackCaseResults(*answer) : Broken(c.results, answer.status());
    }
    results.insert(results.end(), of_case.begin(), of_case.end());
  }
  return results;
}

}  // namespace tessera
