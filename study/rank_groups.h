// Splits ranks into groups as nccl-tests does (NCCL_TESTS_SPLIT): every group runs the collective
// at the same time.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tessera {

enum class GroupRule { kDivide, kModulo, kAnd, kOr };

// The colour of rank r is r / number, r % number, r & number or r | number; ranks of one colour
// form a group, in their order.
struct RankSplit {
  GroupRule rule = GroupRule::kDivide;
  int number = 1;
};

// "DIV 8", "MOD 8", "AND 0x7", "OR 0x7" (any case; "%8", "/8", "&7", "|7" too). Source: nccl-tests
// README.
absl::StatusOr<RankSplit> ParseRankSplit(absl::string_view text);

// Groups by colour, ascending. Errors: groups of unequal size, of which a table has no one size.
absl::StatusOr<std::vector<std::vector<int>>> GroupsOf(const RankSplit& split, int ranks);

}  // namespace tessera
