// What `tessera collective` prints: the table of nccl-tests, crossover sizes, algorithms side by
// side, and what the library weighed; or all of it as one JSON document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "collectives/collective.h"
#include "report/collective_page.h"
#include "study/collective_sweep.h"

namespace tessera {

std::string CollectiveText(const CollectiveHeading& heading, const CollectiveTable& table,
                           bool explain);
nlohmann::ordered_json CollectiveJson(const CollectiveHeading& heading,
                                      const CollectiveTable& table);

}  // namespace tessera
