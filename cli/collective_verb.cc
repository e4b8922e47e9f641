#include <CLI/CLI.hpp>
#include <cctype>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/collective_output.h"
#include "cli/nccl_table.h"
#include "cli/output.h"
#include "cli/split_options.h"
#include "cli/verb.h"
#include "configs/precision.h"
#include "core/status_macros.h"
#include "report/collective_page.h"
#include "study/collective_sweep.h"

namespace tessera {
namespace {

struct Arguments {
  std::string system;
  std::string operation = "all_reduce";
  std::string algorithm = "auto";
  std::string library;
  std::string harness = "nccl_tests";
  std::string data_type = "float";
  std::string first = "8";
  std::string last = "8G";
  std::string step = "0";
  std::string matrix;
  std::string split;
  std::string directory;
  std::string compare;
  std::string fidelity = "fluid";
  std::string packet_network = "receiver_driven";
  SplitArguments split_over;
  double factor = 2;
  int nodes = 1;
  int chips = 0;
  int chips_per_node = 0;
  bool comparing = false;
  bool explain = false;
  bool json = false;
};

// Sizes as nccl-tests reads them: 1024, 32K, 128M, 8G, binary.
absl::StatusOr<Bytes> ParseSize(const std::string& text) {
  std::string digits = text;
  int shift = 0;
  if (!digits.empty()) {
    const char unit = static_cast<char>(std::toupper(static_cast<unsigned char>(digits.back())));
    shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
    if (shift > 0) digits.pop_back();
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(digits, &number) || number < 0 || number > (int64_t{1} << (42 - shift))) {
    return absl::InvalidArgumentError(
        absl::StrCat("size \"", text, "\"; accepted: bytes such as 8, 32K, 128M, 8G"));
  }
  return Bytes(number << shift);
}

absl::Status SetSizes(const Arguments& arguments, CollectiveSweep& sweep) {
  TESSERA_ASSIGN_OR_RETURN(sweep.first, ParseSize(arguments.first));
  TESSERA_ASSIGN_OR_RETURN(sweep.last, ParseSize(arguments.last));
  TESSERA_ASSIGN_OR_RETURN(sweep.step, ParseSize(arguments.step));
  sweep.factor = arguments.factor;
  if (sweep.first <= sweep.last) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("smallest size ", arguments.first,
                                                 " is above the largest, ", arguments.last,
                                                 "; give -b SIZE -e SIZE in this order"));
}

// Whitespace between numbers, a line a source or not.
absl::StatusOr<std::vector<double>> ReadWeights(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  std::vector<double> weights;
  double sum = 0;
  for (std::string word; file >> word;) {
    double weight = 0;
    if (!absl::SimpleAtod(word, &weight) || !(weight >= 0 && weight < 1e18)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": entry ", weights.size() + 1, ", \"",
                                                     word, "\", is not a number from 0 to 1e18"));
    }
    weights.push_back(weight);
    sum += weight;
  }
  if (sum > 0) return weights;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": no entry above zero; give one number for each pair of ranks"));
}

absl::Status SetRequest(const Arguments& arguments, CollectiveSweep& sweep) {
  CollectiveRequest& request = sweep.request;
  TESSERA_ASSIGN_OR_RETURN(request.op, ParseCollectiveOp(arguments.operation));
  TESSERA_ASSIGN_OR_RETURN(const Precision element,
                           ParsePrecision(PrecisionOfNcclType(arguments.data_type)));
  request.element_bytes = static_cast<int>(StorageBytes(element, 1).count());
  request.algorithm = arguments.algorithm;
  request.library = arguments.library;
  TESSERA_ASSIGN_OR_RETURN(request.harness, ParseHarness(arguments.harness));
  if (!arguments.matrix.empty()) {
    TESSERA_ASSIGN_OR_RETURN(sweep.weights, ReadWeights(arguments.matrix));
  } else if (request.op == CollectiveOp::kAllToAllV) {
    return absl::InvalidArgumentError(
        "all_to_allv needs to know who sends what to whom; give --matrix FILE, or use all_to_all");
  }
  return absl::OkStatus();
}

// Receiver-driven networks spray packets over all paths; lossless ones hash flows to paths, as
// RoCE does; links with credits take the topology's routes.
PacketParams PacketsOf(const Arguments& arguments) {
  if (arguments.packet_network == "credit") return CreditLinks();
  PacketParams packets;
  if (arguments.packet_network == "lossless") {
    packets.transport = PacketTransport::kLossless;
    packets.paths = PathChoice::kHash;
  }
  return packets;
}

absl::StatusOr<CollectiveSweep> SweepOf(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  CollectiveSweep sweep;
  TESSERA_ASSIGN_OR_RETURN(sweep.system, catalog.LoadSystem(arguments.system));
  sweep.nodes = arguments.nodes;
  sweep.chips = arguments.chips;
  sweep.chips_per_node = arguments.chips_per_node;
  TESSERA_RETURN_IF_ERROR(SetSizes(arguments, sweep));
  TESSERA_RETURN_IF_ERROR(SetRequest(arguments, sweep));
  if (!arguments.split.empty()) {
    TESSERA_ASSIGN_OR_RETURN(sweep.split, ParseRankSplit(arguments.split));
  }
  if (arguments.fidelity == "packet") sweep.packets = PacketsOf(arguments);
  sweep.compare = arguments.comparing;
  if (arguments.compare != "all") {
    sweep.algorithms = absl::StrSplit(arguments.compare, ',', absl::SkipEmpty());
  }
  return sweep;
}

// On the processes or threads that were asked for; nothing on those that have told process 0 what
// they have found.
absl::StatusOr<std::optional<CollectiveTable>> RunSweep(const Arguments& arguments,
                                                        const CollectiveSweep& sweep) {
  TESSERA_ASSIGN_OR_RETURN(const SplitPlace place, FindSplitPlace(arguments.split_over));
  if (place.task.size > 1 && !sweep.packets) {
    return absl::InvalidArgumentError(
        "--processes splits a network of packets: give --fidelity packet");
  }
  std::optional<CollectiveTable> table;
  const auto part = [&sweep, &table](WindowTransport* transport) {
    CollectiveSweep own = sweep;
    own.transport = transport;
    absl::StatusOr<CollectiveTable> mine = RunCollectiveSweep(own);
    absl::Status end = mine.status();
    if (end.ok() && (transport == nullptr || transport->self() == 0)) table = *std::move(mine);
    return end;
  };
  TESSERA_RETURN_IF_ERROR(RunSplit(arguments.split_over, place, part));
  return table;
}

absl::Status PrintTable(const Arguments& arguments, const CollectiveHeading& heading,
                        const CollectiveTable& table) {
  if (!arguments.directory.empty()) {
    TESSERA_RETURN_IF_ERROR(WriteCollectiveReport(heading, table, arguments.directory));
  }
  if (arguments.json) {
    PrintJson(CollectiveJson(heading, table));
    return absl::OkStatus();
  }
  std::cout << CollectiveText(heading, table, arguments.explain);
  if (!arguments.directory.empty()) {
    std::cout << "# Plot: " << arguments.directory << "/collective.html\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<Outcome> RunCollective(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const CollectiveSweep sweep, SweepOf(arguments));
  TESSERA_ASSIGN_OR_RETURN(const auto table, RunSweep(arguments, sweep));
  const CollectiveHeading heading = {.system = arguments.system,
                                     .op = sweep.request.op,
                                     .precision = PrecisionOfNcclType(arguments.data_type),
                                     .nodes = arguments.nodes};
  if (table) TESSERA_RETURN_IF_ERROR(PrintTable(arguments, heading, *table));
  return Outcome::kSuccess;
}

void AddMachineOptions(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--system", arguments.system, "A system of configs/systems, or a path")
      ->required();
  verb.add_option("--nodes", arguments.nodes, "Nodes (scale-up domains)")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb.add_option("--chips", arguments.chips, "The first so many chips take part; default: all")
      ->check(CLI::Range(1, 1 << 24));
  verb.add_option("--chips-per-node", arguments.chips_per_node,
                  "The first so many chips of each node take part; default: all")
      ->check(CLI::Range(1, 1 << 20));
  verb.add_option("--split", arguments.split,
                  "Groups that run at the same time, by rank: \"DIV 8\" (neighbours), \"MOD 8\" "
                  "(every 8th: one a rail), \"AND 0x7\", \"OR 0x7\", as NCCL_TESTS_SPLIT");
}

void AddPacketOptions(CLI::App& verb, Arguments& arguments) {
  CLI::Option* const fidelity =
      verb.add_option("--fidelity", arguments.fidelity,
                      "How messages move: fluid, or packet (docs/packet.md), hop by hop")
          ->check(CLI::IsMember({"fluid", "packet"}))
          ->capture_default_str();
  verb.add_option("--packet-network", arguments.packet_network,
                  "receiver_driven (sprayed, trimmed, pulled), lossless (hashed, paused) or credit "
                  "(virtual channels; chips forward, as tori need)")
      ->check(CLI::IsMember({"receiver_driven", "lossless", "credit"}))
      ->capture_default_str()
      ->needs(fidelity);
  AddSplitOptions(verb, arguments.split_over);
}

void AddSizeOptions(CLI::App& verb, Arguments& arguments) {
  verb.add_option("-b,--minbytes", arguments.first, "Smallest size")->capture_default_str();
  verb.add_option("-e,--maxbytes", arguments.last, "Largest size")->capture_default_str();
  CLI::Option* step = verb.add_option("-i,--stepbytes", arguments.step, "Step between sizes");
  verb.add_option("-f,--stepfactor", arguments.factor, "Factor between sizes")
      ->check(CLI::Range(1.01, 1e6))
      ->capture_default_str()
      ->excludes(step);
}

}  // namespace

VerbAction AddCollective(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  AddMachineOptions(verb, *arguments);
  verb.add_option("--op", arguments->operation,
                  "all_reduce, all_gather, reduce_scatter, all_to_all, all_to_allv, broadcast, "
                  "reduce, gather, scatter, barrier, send_recv")
      ->capture_default_str();
  verb.add_option("--matrix", arguments->matrix,
                  "File of an all_to_allv: weights of all pairs, one line a source; the rank that "
                  "sends most sends the size");
  verb.add_option("--algorithm", arguments->algorithm,
                  "auto (least predicted time), ring, tree, nvls, ...")
      ->capture_default_str();
  verb.add_option("--library", arguments->library,
                  "nccl, rccl, ...; default: the chip's usual one");
  verb.add_option("--harness", arguments->harness,
                  "How calls are launched: nccl_tests, graph, torch, library, in_model")
      ->capture_default_str();
  verb.add_option("-d,--datatype", arguments->data_type, "float, half, bfloat16, fp8, ...")
      ->capture_default_str();
  AddSizeOptions(verb, *arguments);
  AddPacketOptions(verb, *arguments);
  CLI::Option* json = verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  CLI::Option* compare = verb.add_option(
      "--compare", arguments->compare,
      "Set algorithms side by side, with the sizes where they cross: all, or ring,tree,...");
  verb.add_option("--out", arguments->directory,
                  "Write DIR/collective.html: bandwidth over size as a plot, and the table");
  verb.add_flag("--explain", arguments->explain, "What the library weighed at each size")
      ->excludes(json);
  return [arguments, compare] {
    arguments->comparing = compare->count() > 0;
    return RunCollective(*arguments);
  };
}

}  // namespace tessera
