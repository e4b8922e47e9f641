#include "study/sweep_plan.h"

#include <filesystem>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/yaml_tree.h"
#include "core/hash.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr size_t kMostPoints = 1'000'000;

using Overrides = std::vector<std::string>;

class PlanReader {
 public:
  explicit PlanReader(const std::string& file) : file_(file) {}

  absl::StatusOr<SweepPlan> Read(const YamlValue& tree);

 private:
  absl::Status ReadMember(const YamlValue::Member& member);
  absl::Status ReadVary(const YamlValue& vary);
  absl::Status ReadPoints(const YamlValue& points);
  absl::StatusOr<std::string> Assignment(const YamlValue::Member& member,
                                         const YamlValue& value) const;
  absl::StatusOr<Overrides> Assignments(const YamlValue& map, absl::string_view what) const;
  absl::Status MakePoints(const YamlValue& tree);

  const std::string& file_;
  SweepPlan plan_;
  Overrides fixed_;
  std::vector<Overrides> axes_;  // Of each varied path: its assignments.
  std::vector<Overrides> listed_;
};

absl::StatusOr<std::string> PlanReader::Assignment(const YamlValue::Member& member,
                                                   const YamlValue& value) const {
  if (!value.is_scalar()) {
    return YamlError(file_, value,
                     absl::StrCat(member.key, ": ", DescribeYaml(value),
                                  " is not a value; accepted: a number, a name or a text"));
  }
  return absl::StrCat(member.key, "=",
                      value.quoted ? absl::StrCat("\"", value.scalar, "\"") : value.scalar);
}

absl::StatusOr<Overrides> PlanReader::Assignments(const YamlValue& map,
                                                  absl::string_view what) const {
  if (!map.is_map()) {
    return YamlError(file_, map,
                     absl::StrCat(what, ": ", DescribeYaml(map),
                                  " is not a mapping; accepted: {path: value, ...}"));
  }
  Overrides assignments;
  for (const YamlValue::Member& member : map.members) {
    TESSERA_ASSIGN_OR_RETURN(assignments.emplace_back(), Assignment(member, member.value));
  }
  return assignments;
}

absl::Status PlanReader::ReadVary(const YamlValue& vary) {
  if (!vary.is_map()) {
    return YamlError(file_, vary,
                     absl::StrCat("vary: ", DescribeYaml(vary),
                                  " is not a mapping; accepted: {path: [value, ...], ...}"));
  }
  for (const YamlValue::Member& member : vary.members) {
    if (!member.value.is_list() || member.value.items.empty()) {
      return YamlError(file_, member.value,
                       absl::StrCat("vary.", member.key, ": ", DescribeYaml(member.value),
                                    " is not a list of values; accepted: [value, ...]"));
    }
    Overrides& axis = axes_.emplace_back();
    for (const YamlValue& value : member.value.items) {
      TESSERA_ASSIGN_OR_RETURN(axis.emplace_back(), Assignment(member, value));
    }
  }
  return absl::OkStatus();
}

absl::Status PlanReader::ReadPoints(const YamlValue& points) {
  if (!points.is_list() || points.items.empty()) {
    return YamlError(file_, points,
                     absl::StrCat("points: ", DescribeYaml(points),
                                  " is not a list; accepted: [{path: value, ...}, ...]"));
  }
  for (const YamlValue& point : points.items) {
    TESSERA_ASSIGN_OR_RETURN(listed_.emplace_back(), Assignments(point, "points"));
  }
  return absl::OkStatus();
}

absl::Status PlanReader::ReadMember(const YamlValue::Member& member) {
  if (member.key == "description") {
    TESSERA_ASSIGN_OR_RETURN(plan_.description, YamlText(file_, member.value, "description"));
  } else if (member.key == "scenario") {
    TESSERA_ASSIGN_OR_RETURN(const std::string path, YamlText(file_, member.value, "scenario"));
    plan_.scenario = (std::filesystem::path(file_).parent_path() / path).lexically_normal();
    if (!std::filesystem::exists(plan_.scenario)) {
      return YamlError(file_, member.value,
                       absl::StrCat("scenario: there is no file ", plan_.scenario));
    }
  } else if (member.key == "set") {
    TESSERA_ASSIGN_OR_RETURN(fixed_, Assignments(member.value, "set"));
  } else if (member.key == "vary") {
    return ReadVary(member.value);
  } else if (member.key == "points") {
    return ReadPoints(member.value);
  } else {
    return YamlError(file_, member,
                     absl::StrCat("unknown key \"", member.key,
                                  "\"; accepted: description, scenario, set, vary, points"));
  }
  return absl::OkStatus();
}

// The last axis varies fastest.
absl::Status PlanReader::MakePoints(const YamlValue& tree) {
  size_t combinations = listed_.empty() ? 1 : listed_.size();
  for (const Overrides& axis : axes_) {
    combinations *= axis.size();
    if (combinations > kMostPoints) {
      return YamlError(file_, tree, absl::StrCat("more than ", kMostPoints, " scenarios"));
    }
  }
  TESSERA_ASSIGN_OR_RETURN(const std::string base, ReadTextFile(plan_.scenario));
  absl::flat_hash_set<std::string> seen;
  for (size_t number = 0; number < combinations; ++number) {
    SweepPoint point{.overrides = fixed_};
    size_t rest = number;
    Overrides chosen;
    for (size_t a = axes_.size(); a-- > 0;) {
      chosen.push_back(axes_[a][rest % axes_[a].size()]);
      rest /= axes_[a].size();
    }
    if (!listed_.empty()) {
      point.overrides.insert(point.overrides.end(), listed_[rest].begin(), listed_[rest].end());
    }
    point.overrides.insert(point.overrides.end(), chosen.rbegin(), chosen.rend());
    point.key = StableHashHex(absl::StrCat(base, "\n", absl::StrJoin(point.overrides, "\n")));
    if (!seen.insert(point.key).second) {
      return YamlError(file_, tree,
                       absl::StrCat("the scenario with ", absl::StrJoin(point.overrides, ", "),
                                    " is there twice"));
    }
    plan_.points.push_back(std::move(point));
  }
  return absl::OkStatus();
}

absl::StatusOr<SweepPlan> PlanReader::Read(const YamlValue& tree) {
  if (!tree.is_map()) {
    return YamlError(file_, tree,
                     absl::StrCat(DescribeYaml(tree),
                                  " is not a study; accepted: a mapping with "
                                  "scenario and vary or points"));
  }
  for (const YamlValue::Member& member : tree.members) {
    TESSERA_RETURN_IF_ERROR(ReadMember(member));
  }
  if (plan_.scenario.empty()) return YamlError(file_, tree, "scenario is missing");
  TESSERA_RETURN_IF_ERROR(MakePoints(tree));
  plan_.name = std::filesystem::path(file_).stem();
  return std::move(plan_);
}

}  // namespace

absl::StatusOr<SweepPlan> LoadSweepPlan(const std::string& path) {
  TESSERA_ASSIGN_OR_RETURN(const YamlValue tree, ReadYamlFile(path));
  return PlanReader(path).Read(tree);
}

}  // namespace tessera
