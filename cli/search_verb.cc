#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/split_options.h"
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
  SplitArguments split;
  bool json = false;
};

std::string Fingerprint(const Arguments& arguments) {
  std::ostringstream text;
  text << std::ifstream(arguments.scenario).rdbuf();
  for (const std::string& change : arguments.overrides) text << "\n--set " << change;
  return StableHashHex(text.str());
}

// On the processes or threads that were asked for; nothing on those that are not the first.
absl::StatusOr<std::optional<SearchResult>> Search(const Arguments& arguments,
                                                   const SearchScenario& search) {
  ProgressLine progress;
  SearchOptions options = arguments.options;
  options.stop = &CatchInterrupts();
  options.fingerprint = Fingerprint(arguments);
  options.on_progress = [&progress](const char* phase, int done, int all) {
    progress.Show(absl::StrCat("search: ", phase, " ", done, " of ", all));
  };
  std::optional<SearchResult> result;
  const auto part = [&](WindowTransport* transport) {
    const bool first = transport == nullptr || transport->self() == 0;
    SearchOptions own = options;
    own.transport = transport;
    if (!first) own.on_progress = nullptr;
    absl::StatusOr<SearchResult> mine = SearchPlans(search, own);
    absl::Status end = mine.status();
    if (end.ok() && first) result = *std::move(mine);
    return end;
  };
  TESSERA_ASSIGN_OR_RETURN(const SplitPlace place, FindSplitPlace(arguments.split));
  TESSERA_RETURN_IF_ERROR(RunSplit(arguments.split, place, part));
  return result;
}

absl::StatusOr<Outcome> RunSearch(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const SearchScenario search,
                           catalog.LoadSearch(arguments.scenario, arguments.overrides));
  TESSERA_ASSIGN_OR_RETURN(const auto result, Search(arguments, search));
  if (!result) return Outcome::kSuccess;
  std::cout << (arguments.json ? SearchJson(*result) : SearchText(*result));
  if (!result->interrupted) return Outcome::kSuccess;
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
  verb.add_option("--jobs", arguments->options.jobs,
                  "Processes on this machine; a failure of one costs its piece alone")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--resume", arguments->options.state_file,
                  "Keep finished parts in this file and go on from there");
  verb.add_flag("--json", arguments->json, "One JSON document on stdout and nothing else");
  AddSplitOptions(verb, arguments->split);
  return [arguments] { return RunSearch(*arguments); };
}

}  // namespace tessera
