#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "nodes/astra/modelled.h"
#include "nodes/astra/parity.h"
#include "study/astra_files.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  AstraFiles files;
  AstraOptions options;
  std::string mode = "congestion-aware";
  // Taken and without effect, as in ASTRA-sim's analytical programs.
  std::string logging_configuration = "empty";
  std::string logging_folder = "log";
  double compute_scale = 1;
  double communication_scale = 1;
  bool json = false;
};

// What the project's own fabric says, and what of ASTRA-sim's answers no link could have carried.
struct Comparison {
  AstraModelledResult modelled;
  std::optional<int64_t> aware_ns;  // Absent: more than one dimension.
  int64_t unaware_ns = 0;
};

// Rank by rank in the words of ASTRA-sim's log, whose cycles are nanoseconds.
void PrintText(const AstraResult& result) {
  for (size_t rank = 0; rank < result.ranks.size(); ++rank) {
    std::cout << "sys[" << rank << "] finished, " << result.ranks[rank].finish_ns
              << " cycles, exposed communication " << result.ranks[rank].exposed_ns << " cycles.\n";
  }
  std::cout << "# " << result.ranks.size() << " ranks, " << result.messages
            << " messages; last rank after " << result.max_ns() << " ns, first after "
            << result.min_ns() << " ns\n";
}

Json ResultJson(const Arguments& arguments, const AstraResult& result) {
  Json finish = Json::array();
  Json exposed = Json::array();
  for (const AstraRankResult& rank : result.ranks) {
    finish.push_back(rank.finish_ns);
    exposed.push_back(rank.exposed_ns);
  }
  return {{"mode", arguments.mode},        {"ranks", result.ranks.size()},
          {"messages", result.messages},   {"max_ns", result.max_ns()},
          {"min_ns", result.min_ns()},     {"per_rank_ns", finish},
          {"per_rank_exposed_ns", exposed}};
}

absl::StatusOr<Comparison> Compare(const AstraInputs& inputs, AstraOptions options) {
  Comparison comparison;
  TESSERA_ASSIGN_OR_RETURN(comparison.modelled, RunAstraModelled(inputs, options));
  options.congestion_aware = false;
  TESSERA_ASSIGN_OR_RETURN(const AstraResult unaware, RunAstraParity(inputs, options));
  comparison.unaware_ns = unaware.max_ns();
  if (inputs.network.dimensions.size() > 1) return comparison;
  options.congestion_aware = true;
  TESSERA_ASSIGN_OR_RETURN(const AstraResult aware, RunAstraParity(inputs, options));
  comparison.aware_ns = aware.max_ns();
  return comparison;
}

void PrintComparison(const Comparison& c) {
  const int64_t own = c.modelled.run.max_ns();
  const auto line = [&](absl::string_view name, int64_t ns) {
    std::cout << absl::StrFormat("%-20s %14d ns   %6.2f x%s\n", name, ns,
                                 static_cast<double>(ns) / static_cast<double>(own),
                                 ns < c.modelled.busiest_link_ns ? "   impossible" : "");
  };
  std::cout << "\nLast rank after, by model:\n";
  line("tessera", own);
  if (c.aware_ns) line("congestion-aware", *c.aware_ns);
  line("congestion-unaware", c.unaware_ns);
  std::cout << "Busiest link: " << c.modelled.busiest_link << " needs "
            << c.modelled.busiest_link_ns << " ns for its bytes; less is impossible.\n";
}

absl::StatusOr<Outcome> RunComparison(const Arguments& arguments, const AstraInputs& inputs) {
  TESSERA_ASSIGN_OR_RETURN(const Comparison c, Compare(inputs, arguments.options));
  if (!arguments.json) {
    PrintText(c.modelled.run);
    PrintComparison(c);
    return Outcome::kSuccess;
  }
  Json json = ResultJson(arguments, c.modelled.run);
  json["congestion_aware_max_ns"] = c.aware_ns ? Json(*c.aware_ns) : Json(nullptr);
  json["congestion_unaware_max_ns"] = c.unaware_ns;
  json["busiest_link"] = c.modelled.busiest_link;
  json["busiest_link_ns"] = c.modelled.busiest_link_ns;
  PrintJson(json);
  return Outcome::kSuccess;
}

absl::StatusOr<Outcome> RunAstra(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const AstraInputs inputs, ReadAstraInputs(arguments.files));
  if (!inputs.system.ignored.empty() && !arguments.json) {
    std::cerr << arguments.files.system
              << ": without effect, as in ASTRA-sim: " << absl::StrJoin(inputs.system.ignored, ", ")
              << "\n";
  }
  if (arguments.mode == "tessera") return RunComparison(arguments, inputs);
  AstraOptions options = arguments.options;
  options.congestion_aware = arguments.mode == "congestion-aware";
  TESSERA_ASSIGN_OR_RETURN(const AstraResult result, RunAstraParity(inputs, options));
  if (arguments.json) {
    PrintJson(ResultJson(arguments, result));
  } else {
    PrintText(result);
  }
  return Outcome::kSuccess;
}

void AddFiles(CLI::App& verb, AstraFiles& files) {
  verb.add_option("--workload-configuration", files.workload,
                  "PREFIX of Chakra traces PREFIX.RANK.et, one a rank")
      ->required();
  verb.add_option("--system-configuration", files.system, "System layer (JSON)")->required();
  verb.add_option("--network-configuration", files.network, "Network (YAML)")->required();
  verb.add_option("--remote-memory-configuration", files.remote_memory,
                  "Remote memory (JSON); default: none");
  verb.add_option("--comm-group-configuration", files.groups,
                  "Communicator groups (JSON); default: none");
}

void AddScales(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--num-queues-per-dim", arguments.options.queues_per_dimension,
                  "Queues of collectives of each dimension")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb.add_option("--injection-scale", arguments.options.injection_scale,
                  "Factor on the endpoint delay")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb.add_flag("--rendezvous-protocol,!--no-rendezvous-protocol", arguments.options.rendezvous,
                "A receiver asks for each message first");
  verb.add_option("--compute-scale", arguments.compute_scale, "Without effect");
  verb.add_option("--comm-scale", arguments.communication_scale, "Without effect");
  verb.add_option("--logging-configuration", arguments.logging_configuration, "Without effect");
  verb.add_option("--logging-folder", arguments.logging_folder, "Without effect");
}

}  // namespace

VerbAction AddAstra(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  AddFiles(verb, arguments->files);
  AddScales(verb, *arguments);
  verb.add_option(
          "--mode", arguments->mode,
          "congestion-aware and congestion-unaware: what ASTRA-sim says, to the nanosecond; "
          "tessera: the same on this simulator's own fabric, with all answers side by side")
      ->check(CLI::IsMember({"congestion-aware", "congestion-unaware", "tessera"}))
      ->capture_default_str();
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunAstra(*arguments); };
}

}  // namespace tessera
