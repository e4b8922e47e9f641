#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/output.h"
#include "cli/verb.h"
#include "configs/json_schema.h"
#include "core/status_macros.h"

namespace tessera {

VerbAction AddSchema(CLI::App& verb) {
  auto json = std::make_shared<bool>(false);
  verb.add_flag("--json", *json, "Accepted as everywhere; a schema is JSON in any case");
  return [json]() -> absl::StatusOr<Outcome> {
    TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
    std::cout << ExportJsonSchema(&catalog);
    return Outcome::kSuccess;
  };
}

}  // namespace tessera
