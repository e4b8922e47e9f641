#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "core/hash.h"
#include "core/status_macros.h"
#include "study/search.h"
#include "study/search_output.h"

namespace tessera {
namespace {

struct Arguments {
  std::string scenario;
  std::vector<std::string> overrides;
  SearchOptions options;
  bool json = false;
};

std::string Fingerprint(const Arguments& arguments) {
  std::ostringstream text;
  text << std::ifstream(arguments.scenario).rdbuf();
  for (const std::string& change : arguments.overrides) text << "\n--set " << change;
  return StableHashHex(text.str());
}

absl::StatusOr<Outcome> RunSearch(Arguments arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const SearchScenario search,
                           catalog.LoadSearch(arguments.scenario, arguments.overrides));
  SearchOptions& options = arguments.options;
  ProgressLine progress;
  options.stop = &CatchInterrupts();
  options.fingerprint = Fingerprint(arguments);
  options.on_progress = [&progress](const char* phase, int done, int all) {
    progress.Show(absl::StrCat("search: ", phase, " ", done, " of ", all));
  };
  TESSERA_ASSIGN_OR_RETURN(const SearchResult result, SearchPlans(search, options));
  std::cout << (arguments.json ? SearchJson(result) : SearchText(result));
  if (!result.interrupted) return Outcome::kSuccess;
  std::cerr << "tessera search: interrupted; the plans are the best of what was reached\n";
  return Outcome::kFailed;
}

}  // namespace

VerbAction AddSearch(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  arguments->options.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  verb.add_option("scenario", arguments->scenario,
                  "Scenario file (YAML); its `search` block lists values for parts of the plan")
      ->required();
  verb.add_option("--set", arguments->overrides, "path=value on top of the file, repeatable")
      ->take_all();
  verb.add_option("--top", arguments->options.top,
                  "Simulate so many of the fastest plans and of the front; 0: none")
      ->check(CLI::Range(0, 1000));
  verb.add_option("--jobs", arguments->options.jobs, "Processes")->check(CLI::Range(1, 1024));
  verb.add_option("--resume", arguments->options.state_file,
                  "Keep finished parts in this file and go on from there");
  verb.add_flag("--json", arguments->json, "One JSON document on stdout and nothing else");
  return [arguments] { return RunSearch(*arguments); };
}

}  // namespace tessera
