// One verb of the command: a function that adds its options to a CLI11 sub-command and answers what
// to do once they are read.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace tessera {

enum class Outcome { kSuccess, kFailed };  // kFailed: it ran, and the run or a check failed.

// Runs the verb with the options that were read. Errors: InvalidArgument and NotFound are bad
// input, everything else a failed run.
using VerbAction = std::function<absl::StatusOr<Outcome>()>;

struct Verb {
  const char* name;
  const char* summary;  // One line.
  const char* example;  // Shown by --help.
  VerbAction (*add_options)(CLI::App& verb);
};

// In the order of the help text.
const std::vector<Verb>& Verbs();

VerbAction AddRun(CLI::App& verb);
VerbAction AddSearch(CLI::App& verb);
VerbAction AddSweep(CLI::App& verb);
VerbAction AddNode(CLI::App& verb);
VerbAction AddValidate(CLI::App& verb);
VerbAction AddCollective(CLI::App& verb);
VerbAction AddAstra(CLI::App& verb);
VerbAction AddMsccl(CLI::App& verb);
VerbAction AddChip(CLI::App& verb);
VerbAction AddTopology(CLI::App& verb);
VerbAction AddCompare(CLI::App& verb);
VerbAction AddSchema(CLI::App& verb);
VerbAction AddList(CLI::App& verb);
VerbAction AddInit(CLI::App& verb);

}  // namespace tessera
