#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "collectives/algorithm.h"
#include "collectives/msccl.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"
#include "study/msccl_sweep.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file;
  std::string algorithm;
  std::string operation = "all_reduce";
  int ranks = 8;
  std::string system;
  bool json = false;
};

// Prints one of our algorithms as a file.
absl::StatusOr<Outcome> Export(const Arguments& arguments) {
  AlgorithmInput input;
  TESSERA_ASSIGN_OR_RETURN(input.op, ParseCollectiveOp(arguments.operation));
  input.ranks = arguments.ranks;
  MscclAlgorithm algorithm;
  algorithm.name = absl::StrCat(arguments.algorithm, "_", arguments.ranks);
  algorithm.op = input.op;
  TESSERA_ASSIGN_OR_RETURN(algorithm.schedule, BuildSchedule(arguments.algorithm, input));
  TESSERA_ASSIGN_OR_RETURN(const std::string text, WriteMsccl(algorithm));
  std::cout << text;
  return Outcome::kSuccess;
}

absl::StatusOr<Outcome> Check(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(arguments.file));
  TESSERA_ASSIGN_OR_RETURN(const MscclAlgorithm algorithm, ReadMsccl(text, arguments.file));
  std::vector<MscclTime> times;
  if (!arguments.system.empty()) {
    TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
    TESSERA_ASSIGN_OR_RETURN(const SystemSpec system, catalog.LoadSystem(arguments.system));
    TESSERA_ASSIGN_OR_RETURN(times, TimeMsccl(algorithm, system));
  }
  const Schedule& schedule = algorithm.schedule;
  if (arguments.json) {
    Json rows = Json::array();
    for (const MscclTime& row : times) {
      rows.push_back({{"bytes", row.bytes.count()}, {"time_s", ToSeconds(row.time)}});
    }
    PrintJson({{"name", algorithm.name},
               {"operation", std::string(CollectiveOpName(algorithm.op))},
               {"ranks", schedule.ranks},
               {"chunks", schedule.chunks},
               {"transfers", schedule.transfers.size()},
               {"rows", rows}});
    return Outcome::kSuccess;
  }
  std::cout << algorithm.name << ": a proven " << CollectiveOpName(algorithm.op) << " of "
            << schedule.ranks << " ranks, " << schedule.chunks << " chunks, "
            << schedule.transfers.size() << " transfers\n";
  for (const MscclTime& row : times) {
    std::cout << absl::StrFormat("%14d B %12.2f us\n", row.bytes.count(),
                                 ToSeconds(row.time) * 1e6);
  }
  return Outcome::kSuccess;
}

absl::StatusOr<Outcome> RunMsccl(const Arguments& arguments) {
  if (arguments.file.empty() == arguments.algorithm.empty()) {
    return absl::InvalidArgumentError("give either a FILE to read or --export ALGORITHM");
  }
  return arguments.file.empty() ? Export(arguments) : Check(arguments);
}

}  // namespace

VerbAction AddMsccl(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("file", arguments->file, "MSCCL algorithm (XML) to read and prove");
  verb.add_option("--system", arguments->system,
                  "Time it on the first ranks of this system, without software costs");
  verb.add_option("--export", arguments->algorithm, "Write this algorithm of ours as a file");
  verb.add_option("--op", arguments->operation, "Of --export")->capture_default_str();
  verb.add_option("--ranks", arguments->ranks, "Of --export")
      ->check(CLI::Range(2, 1024))
      ->capture_default_str();
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunMsccl(*arguments); };
}

}  // namespace tessera
