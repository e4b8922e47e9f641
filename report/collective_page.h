// collective.html: a table of collectives (study/collective_sweep.h) with its plot, one
// self-contained page.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "collectives/collective.h"
#include "study/collective_sweep.h"

namespace tessera {

struct CollectiveHeading {
  std::string system{};
  CollectiveOp op = CollectiveOp::kAllReduce;
  std::string precision{};
  int nodes = 1;
};

// "all_reduce on dgx_h100, 8 ranks, 1 node"; "..., 8 groups of 4 ranks at once, 4 nodes".
std::string CollectiveTitle(const CollectiveHeading& heading, const CollectiveTable& table);

std::string CollectivePage(const CollectiveHeading& heading, const CollectiveTable& table);

// DIR/collective.html, the folder made where it is missing. Errors: what the system says.
absl::Status WriteCollectiveReport(const CollectiveHeading& heading, const CollectiveTable& table,
                                   const std::string& directory);

}  // namespace tessera
