#include "cli/output.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "core/status_macros.h"

namespace tessera {

absl::StatusOr<Catalog> OpenCatalog() {
  TESSERA_ASSIGN_OR_RETURN(std::string directory, FindConfigs());
  return Catalog(std::move(directory));
}

void PrintJson(const nlohmann::ordered_json& document) {
  // File names and texts of outside may hold bytes that are no UTF-8.
  std::cout << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
            << "\n";
}

}  // namespace tessera
