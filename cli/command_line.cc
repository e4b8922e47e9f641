#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/verb.h"
#include "configs/closest_name.h"

namespace tessera {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitBadInput = 2;

std::vector<std::string> VerbNames() {
  std::vector<std::string> names;
  for (const Verb& verb : Verbs()) names.emplace_back(verb.name);
  return names;
}

// CLI11 would take an unknown verb for a stray argument.
bool IsUnknownVerb(int argc, const char* const* argv) {
  if (argc < 2 || absl::StartsWith(argv[1], "-")) return false;
  for (const std::string& name : VerbNames()) {
    if (name == argv[1]) return false;
  }
  return true;
}

int ExitCode(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ? kExitBadInput : kExitFailed;
}

int RunVerb(const Verb& verb, const VerbAction& action) {
  const absl::StatusOr<Outcome> outcome = action();
  std::cout.flush();
  if (outcome.ok()) return *outcome == Outcome::kSuccess ? 0 : kExitFailed;
  std::cerr << "tessera " << verb.name << ": " << outcome.status().message() << "\n";
  return ExitCode(outcome.status());
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv) {
  if (IsUnknownVerb(argc, argv)) {
    std::cerr << "tessera: unknown verb \"" << argv[1] << "\"" << DidYouMean(argv[1], VerbNames())
              << "\naccepted: " << absl::StrJoin(VerbNames(), ", ") << "\n";
    return kExitBadInput;
  }
  CLI::App app("Simulates multi-chip machine-learning clusters.", "tessera");
  app.set_version_flag("--version", "tessera 0.1.0");
  app.require_subcommand(1);
  app.footer("`tessera VERB --help` shows the options of a verb with an example.");
  std::vector<VerbAction> actions;
  for (const Verb& verb : Verbs()) {
    CLI::App* sub = app.add_subcommand(verb.name, verb.summary);
    sub->footer(absl::StrCat("Example:\n  ", verb.example));
    actions.push_back(verb.add_options(*sub));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitBadInput;
  }
  for (size_t i = 0; i < actions.size(); ++i) {
    if (app.got_subcommand(Verbs()[i].name)) return RunVerb(Verbs()[i], actions[i]);
  }
  return kExitBadInput;
}

}  // namespace tessera
