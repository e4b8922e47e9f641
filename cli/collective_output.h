// What `tessera collective` prints: the table of nccl-tests, crossover sizes, algorithms side by
// side, and what the library weighed; or all of it as one JSON document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "collectives/collective.h"
#include "study/collective_sweep.h"

namespace tessera {

struct CollectiveHeading {
  std::string system{};
  CollectiveOp op = CollectiveOp::kAllReduce;
  std::string precision{};
  int nodes = 1;
};

std::string CollectiveText(const CollectiveHeading& heading, const CollectiveTable& table,
                           bool explain);
nlohmann::ordered_json CollectiveJson(const CollectiveHeading& heading,
                                      const CollectiveTable& table);

}  // namespace tessera
