#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/verb.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

struct Arguments {
  std::string kind;
  bool json = false;
};

absl::StatusOr<Outcome> RunList(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  const std::pair<const char*, std::vector<std::string>> kinds[] = {
      {"chips", catalog.ChipNames()},
      {"links", catalog.LinkNames()},
      {"models", catalog.ModelNames()},
      {"systems", catalog.SystemNames()},
      {"scenarios", catalog.ScenarioNames()}};
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  for (const auto& [kind, names] : kinds) {
    if (!arguments.kind.empty() && arguments.kind != kind) continue;
    document[kind] = names;
    if (arguments.json) continue;
    std::cout << kind << "\n";
    for (const std::string& name : names) std::cout << "  " << name << "\n";
  }
  if (arguments.json) PrintJson(document);
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddList(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("kind", arguments->kind,
                  "chips, links, models, systems or scenarios; default all")
      ->check(CLI::IsMember({"chips", "links", "models", "systems", "scenarios"}));
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunList(*arguments); };
}

}  // namespace tessera
