// The schema of scenarios as JSON Schema (2020-12), for editors: keys are completed, comments
// shown, and wrong types, units and names marked while one writes. Put
//   # yaml-language-server: $schema=tessera.schema.json
// in the first line of a scenario. What only the whole shows (bases, contradictions) is checked by
// the loader alone; every scenario that the loader accepts is valid.
#pragma once

#include <string>

namespace tessera {

class Catalog;

// One JSON document. `catalog`, if given, lets editors propose the names of its descriptions.
std::string ExportJsonSchema(const Catalog* catalog = nullptr);

// The comment of a message or field of the schema, such as "tessera.schema.Plan.tensor", on one
// line; "" if there is none.
std::string SchemaComment(const std::string& full_name);

}  // namespace tessera
