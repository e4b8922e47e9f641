#include "study/validation_output.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "study/quantity_text.h"
#include "study/scores.h"
#include "study/text_table.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json CaseJson(const CaseResult& result) {
  return {{"id", result.id},
          {"file", result.file},
          {"category", result.category},
          {"kind", result.kind},
          {"group", result.group},
          {"trust", result.trust},
          {"status", std::string(CaseStatusName(result.status))},
          {"reason", result.reason.empty() ? Json(nullptr) : Json(result.reason)},
          {"quantity", result.quantity},
          {"expected", result.expected},
          {"predicted", OrNull(result.predicted)},
          {"log_error", OrNull(LogError(result))},
          {"tolerance", OrNull(result.tolerance)},
          {"pass", OrNull(result.pass)}};
}

std::string Percentile(double error) { return absl::StrFormat("%.3f", error); }

TextTable ScoreTable(absl::Span<const CaseResult> results) {
  TextTable table({{"subset", Align::kLeft},
                   {"groups", Align::kRight},
                   {"cases", Align::kRight},
                   {"median |log error|", Align::kRight},
                   {"90th percentile", Align::kRight}});
  for (const Score& score : Scores(results)) {
    const bool ran = score.groups > 0;
    table.AddRow({score.subset, absl::StrCat(score.groups), absl::StrCat(score.cases),
                  ran ? Percentile(score.median_abs_log_error) : "-",
                  ran ? Percentile(score.p90_abs_log_error) : "-"});
  }
  return table;
}

TextTable GroupTable(absl::Span<const CaseResult> results) {
  TextTable table({{"group", Align::kLeft},
                   {"cases", Align::kRight},
                   {"mean |log error|", Align::kRight},
                   {"mean log error", Align::kRight},
                   {"worst case", Align::kLeft},
                   {"error", Align::kRight}});
  std::vector<GroupError> groups = GroupErrors(results, "");
  std::stable_sort(groups.begin(), groups.end(), [](const GroupError& a, const GroupError& b) {
    return a.mean_abs_log_error > b.mean_abs_log_error;
  });
  for (const GroupError& group : groups) {
    table.AddRow({group.group, absl::StrCat(group.cases), Percentile(group.mean_abs_log_error),
                  absl::StrFormat("%+.3f", group.mean_log_error), group.worst_case,
                  LogErrorText(group.worst_log_error)});
  }
  return table;
}

TextTable StatusTable(absl::Span<const CaseResult> results) {
  TextTable table({{"kind", Align::kLeft},
                   {"ok", Align::kRight},
                   {"failed", Align::kRight},
                   {"unsupported", Align::kRight},
                   {"excluded", Align::kRight}});
  std::map<std::string, std::array<int, 4>> counts;
  std::array<int, 4> total = {};
  for (const CaseResult& result : results) {
    ++counts[result.kind][static_cast<size_t>(result.status)];
    ++total[static_cast<size_t>(result.status)];
  }
  const auto add = [&](const std::string& kind, const std::array<int, 4>& row) {
    table.AddRow({kind, absl::StrCat(row[0]), absl::StrCat(row[1]), absl::StrCat(row[2]),
                  absl::StrCat(row[3])});
  };
  for (const auto& [kind, row] : counts) add(kind, row);
  add("all", total);
  return table;
}

// Failures and what cannot be expressed yet, most frequent first.
TextTable ReasonTable(absl::Span<const CaseResult> results) {
  TextTable table({{"cases", Align::kRight}, {"status", Align::kLeft}, {"reason", Align::kLeft}});
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const CaseResult& result : results) {
    if (result.status != CaseStatus::kFailed && result.status != CaseStatus::kUnsupported) continue;
    ++counts[{std::string(CaseStatusName(result.status)), result.reason}];
  }
  std::vector<std::pair<std::pair<std::string, std::string>, int>> rows(counts.begin(),
                                                                        counts.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [reason, count] : rows) {
    table.AddRow({absl::StrCat(count), reason.first, reason.second});
  }
  return table;
}

std::vector<std::string> CaseRow(const CaseResult& result) {
  const std::optional<double> error = LogError(result);
  const bool ran = result.status == CaseStatus::kOk;
  std::string remark = ran ? (result.pass ? (*result.pass ? "pass" : "FAIL") : "")
                           : absl::StrCat(CaseStatusName(result.status), ": ", result.reason);
  return {result.id,
          result.quantity,
          QuantityText(result.expected, result.unit),
          result.predicted ? QuantityText(*result.predicted, result.unit) : "",
          error ? LogErrorText(*error) : "",
          std::move(remark)};
}

TextTable CaseTable() {
  return TextTable({{"case", Align::kLeft},
                    {"quantity", Align::kLeft},
                    {"expected", Align::kRight},
                    {"predicted", Align::kRight},
                    {"error", Align::kRight},
                    {"", Align::kLeft}});
}

std::string CasesByGroup(absl::Span<const CaseResult> results) {
  std::map<std::string, std::vector<const CaseResult*>> groups;
  for (const CaseResult& result : results) groups[result.group].push_back(&result);
  std::map<std::string, double> errors;
  for (const GroupError& group : GroupErrors(results, "")) {
    errors[group.group] = group.mean_abs_log_error;
  }
  std::string text;
  for (const auto& [group, cases] : groups) {
    TextTable table = CaseTable();
    for (const CaseResult* result : cases) table.AddRow(CaseRow(*result));
    const auto error = errors.find(group);
    absl::StrAppend(
        &text, group,
        error == errors.end() ? "" : absl::StrCat(": mean |log error| ", Percentile(error->second)),
        "\n", table.Text(2), "\n");
  }
  return text;
}

TextTable WorstTable(absl::Span<const CaseResult> results, int count) {
  std::vector<const CaseResult*> ran;
  for (const CaseResult& result : results) {
    if (result.status == CaseStatus::kOk && LogError(result)) ran.push_back(&result);
  }
  std::stable_sort(ran.begin(), ran.end(), [](const CaseResult* a, const CaseResult* b) {
    return std::fabs(*LogError(*a)) > std::fabs(*LogError(*b));
  });
  TextTable table = CaseTable();
  for (int i = 0; i < std::min(count, static_cast<int>(ran.size())); ++i) {
    table.AddRow(CaseRow(*ran[static_cast<size_t>(i)]));
  }
  return table;
}

}  // namespace

std::string ValidationJson(absl::Span<const CaseResult> results) {
  Json cases = Json::array();
  for (const CaseResult& result : results) cases.push_back(CaseJson(result));
  Json scores = Json::array();
  for (const Score& score : Scores(results)) {
    const bool ran = score.groups > 0;
    scores.push_back({{"subset", score.subset},
                      {"groups", score.groups},
                      {"cases", score.cases},
                      {"median_abs_log_error", ran ? Json(score.median_abs_log_error) : Json()},
                      {"p90_abs_log_error", ran ? Json(score.p90_abs_log_error) : Json()}});
  }
  return absl::StrCat(Json{{"cases", cases}, {"scores", scores}}.dump(
                          2, ' ', false, Json::error_handler_t::replace),
                      "\n");
}

std::string ValidationText(absl::Span<const CaseResult> results,
                           const ValidationTextOptions& options) {
  std::string text = options.cases ? CasesByGroup(results) : "";
  const TextTable worst = WorstTable(results, options.worst);
  if (!worst.empty()) {
    absl::StrAppend(&text, "Groups\n", GroupTable(results).Text(2), "\nLargest errors\n",
                    worst.Text(2), "\n");
  }
  const TextTable reasons = ReasonTable(results);
  if (!reasons.empty()) absl::StrAppend(&text, "Did not run\n", reasons.Text(2), "\n");
  absl::StrAppend(&text, "Scores\n", ScoreTable(results).Text(2), "\nCases\n",
                  StatusTable(results).Text(2));
  return text;
}

std::string ValidationMarkdown(absl::Span<const CaseResult> results) {
  return absl::StrCat("### Scores\n\n", ScoreTable(results).Markdown(), "\n### Groups\n\n",
                      GroupTable(results).Markdown(), "\n### Cases\n\n",
                      StatusTable(results).Markdown(), "\n### What did not run\n\n",
                      ReasonTable(results).Markdown());
}

}  // namespace tessera
