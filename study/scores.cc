#include "study/scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/statistics.h"

namespace tessera {
namespace {

bool IsIn(const CaseResult& result, absl::string_view subset) {
  return subset.empty() ||
         std::find(result.subsets.begin(), result.subsets.end(), subset) != result.subsets.end();
}

std::vector<std::string> SubsetsInOrder(absl::Span<const CaseResult> results) {
  std::set<std::string> named;
  for (const CaseResult& result : results) {
    named.insert(result.subsets.begin(), result.subsets.end());
  }
  std::vector<std::string> ordered;
  for (const char* first : {"A", "A>=16MiB", "A<16MiB", "B", "C", "D", "D_single_node", "E"}) {
    if (named.erase(first) > 0) ordered.emplace_back(first);
  }
  ordered.insert(ordered.end(), named.begin(), named.end());
  return ordered;
}

}  // namespace

std::vector<GroupError> GroupErrors(absl::Span<const CaseResult> results,
                                    absl::string_view subset) {
  std::map<std::string, GroupError> groups;
  for (const CaseResult& result : results) {
    const std::optional<double> error = LogError(result);
    if (result.status != CaseStatus::kOk || !error || !IsIn(result, subset)) continue;
    GroupError& group = groups[result.group];
    group.group = result.group;
    ++group.cases;
    group.mean_abs_log_error += std::fabs(*error);
    group.mean_log_error += *error;
    if (group.cases == 1 || std::fabs(*error) > std::fabs(group.worst_log_error)) {
      group.worst_case = result.id;
      group.worst_log_error = *error;
    }
  }
  std::vector<GroupError> errors;
  for (auto& [name, group] : groups) {
    group.mean_abs_log_error /= group.cases;
    group.mean_log_error /= group.cases;
    errors.push_back(std::move(group));
  }
  return errors;
}

std::vector<Score> Scores(absl::Span<const CaseResult> results) {
  std::vector<Score> scores;
  for (const std::string& subset : SubsetsInOrder(results)) {
    Score& score = scores.emplace_back();
    score.subset = subset;
    Sample errors;
    for (const GroupError& group : GroupErrors(results, subset)) {
      errors.Add(group.mean_abs_log_error);
      score.cases += group.cases;
    }
    score.groups = static_cast<int>(errors.summary().count());
    if (score.groups == 0) continue;
    score.median_abs_log_error = errors.Quantile(0.5);
    score.p90_abs_log_error = errors.Quantile(0.9);
  }
  return scores;
}

}  // namespace tessera
