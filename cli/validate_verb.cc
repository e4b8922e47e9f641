#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "study/validate.h"
#include "study/validation_output.h"

namespace tessera {
namespace {

struct Arguments {
  std::vector<std::string> files;
  ValidateOptions options;
  bool json = false;
  bool markdown = false;
  bool summary = false;
};

// A case that broke, or an oracle that is not met.
bool HasFailure(const std::vector<CaseResult>& results) {
  for (const CaseResult& result : results) {
    if (result.status == CaseStatus::kFailed || !result.pass.value_or(true)) return true;
  }
  return false;
}

absl::StatusOr<Outcome> RunValidate(Arguments arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  ProgressLine progress;
  arguments.options.stop = &CatchInterrupts();
  arguments.options.on_progress = [&progress](int done, int all) {
    progress.Show(absl::StrCat("validate: ", done, " of ", all, " cases"));
  };
  TESSERA_ASSIGN_OR_RETURN(const std::vector<CaseResult> results,
                           Validate(arguments.files, catalog, arguments.options));
  if (arguments.json) {
    std::cout << ValidationJson(results);
  } else if (arguments.markdown) {
    std::cout << ValidationMarkdown(results);
  } else {
    std::cout << ValidationText(results, {.cases = !arguments.summary});
  }
  if (arguments.options.stop->load()) std::cerr << "tessera validate: interrupted\n";
  return HasFailure(results) ? Outcome::kFailed : Outcome::kSuccess;
}

}  // namespace

VerbAction AddValidate(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  arguments->options.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  verb.add_option("files", arguments->files, "Measurement files and oracle files (YAML)")
      ->required();
  verb.add_option("--filter", arguments->options.filter,
                  "Only cases with this text in their id, group, kind or chip");
  verb.add_option("--category", arguments->options.category, "Only this category")
      ->check(CLI::IsMember({"A", "B", "C", "D", "E", "oracle"}));
  verb.add_option("--jobs", arguments->options.jobs, "Processes to use")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  CLI::Option* json = verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  verb.add_flag("--markdown", arguments->markdown, "Tables in Markdown")->excludes(json);
  verb.add_flag("--summary", arguments->summary, "Leave out the table of all cases");
  return [arguments] { return RunValidate(*arguments); };
}

}  // namespace tessera
