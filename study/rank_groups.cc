#include "study/rank_groups.h"

#include <array>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace tessera {
namespace {

constexpr std::array<std::pair<absl::string_view, GroupRule>, 8> kRules = {
    {{"DIV", GroupRule::kDivide},
     {"MOD", GroupRule::kModulo},
     {"AND", GroupRule::kAnd},
     {"OR", GroupRule::kOr},
     {"/", GroupRule::kDivide},
     {"%", GroupRule::kModulo},
     {"&", GroupRule::kAnd},
     {"|", GroupRule::kOr}}};

int ColourOf(const RankSplit& split, int rank) {
  switch (split.rule) {
    case GroupRule::kDivide:
      return rank / split.number;
    case GroupRule::kModulo:
      return rank % split.number;
    case GroupRule::kAnd:
      return rank & split.number;
    case GroupRule::kOr:
      return rank | split.number;
  }
  return 0;
}

}  // namespace

absl::StatusOr<RankSplit> ParseRankSplit(absl::string_view text) {
  const std::string upper = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(text));
  for (const auto& [name, rule] : kRules) {
    absl::string_view rest = upper;
    if (!absl::ConsumePrefix(&rest, name)) continue;
    rest = absl::StripAsciiWhitespace(rest);
    int number = 0;
    const bool hex = absl::StartsWith(rest, "0X");
    const bool read = hex ? absl::SimpleHexAtoi(rest, &number) : absl::SimpleAtoi(rest, &number);
    const int least = rule == GroupRule::kAnd || rule == GroupRule::kOr ? 0 : 1;
    if (read && number >= least) return RankSplit{.rule = rule, .number = number};
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "split \"", text, "\"; accepted: \"DIV 8\", \"MOD 8\", \"AND 0x7\", \"OR 0x7\""));
}

absl::StatusOr<std::vector<std::vector<int>>> GroupsOf(const RankSplit& split, int ranks) {
  std::map<int, std::vector<int>> by_colour;
  for (int rank = 0; rank < ranks; ++rank) by_colour[ColourOf(split, rank)].push_back(rank);
  std::vector<std::vector<int>> groups;
  for (auto& [colour, group] : by_colour) {
    if (!groups.empty() && groups.front().size() != group.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the split makes groups of ", groups.front().size(), " and of ",
                       group.size(), " of ", ranks, " ranks; give one that makes equal groups"));
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace tessera
