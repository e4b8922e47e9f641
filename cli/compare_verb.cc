#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/verb.h"
#include "core/status_macros.h"
#include "report/comparison.h"

namespace tessera {
namespace {

struct Arguments {
  std::string before;
  std::string after;
  bool json = false;
};

absl::StatusOr<Outcome> RunCompare(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Comparison comparison,
                           CompareResults(arguments.before, arguments.after));
  std::cout << (arguments.json ? ComparisonJson(comparison) : ComparisonText(comparison));
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddCompare(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("A", arguments->before, "Folder of a run, or its result.json")->required();
  verb.add_option("B", arguments->after, "The run to compare with it")->required();
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunCompare(*arguments); };
}

}  // namespace tessera
