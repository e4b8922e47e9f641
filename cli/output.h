// Shared by verbs: where descriptions are, and how documents are printed.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "configs/catalog.h"

namespace tessera {

absl::StatusOr<Catalog> OpenCatalog();

// One JSON document on stdout.
void PrintJson(const nlohmann::ordered_json& document);

}  // namespace tessera
