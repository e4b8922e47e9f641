#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "cli/output.h"
#include "cli/scenario_template.h"
#include "cli/verb.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

struct Arguments {
  std::string path = "scenario.yaml";
  bool force = false;
};

absl::StatusOr<Outcome> RunInit(const Arguments& arguments) {
  if (arguments.path == "-") {
    std::cout << kScenarioTemplate;
    return Outcome::kSuccess;
  }
  if (!arguments.force && std::filesystem::exists(arguments.path)) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.path, " is there already; --force replaces it"));
  }
  std::ofstream file(arguments.path);
  file << kScenarioTemplate;
  file.close();
  if (!file) return absl::InvalidArgumentError(absl::StrCat(arguments.path, ": cannot be written"));
  std::cerr << "wrote " << arguments.path << "; next: tessera run " << arguments.path << "\n";
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddInit(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("path", arguments->path, "File to write; - for stdout")->capture_default_str();
  verb.add_flag("--force", arguments->force, "Replace the file if it is there");
  return [arguments] { return RunInit(*arguments); };
}

}  // namespace tessera
