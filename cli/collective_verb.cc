#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "configs/precision.h"
#include "core/status_macros.h"
#include "study/collective_sweep.h"
#include "study/text_table.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string system;
  std::string operation = "all_reduce";
  std::string algorithm = "auto";
  std::string library;
  std::string data_type = "fp32";
  std::string first = "8";
  std::string last = "8G";
  double factor = 2;
  int nodes = 1;
  int chips = 0;
  bool explain = false;
  bool json = false;
};

// Sizes as nccl-tests reads them: 1024, 32K, 128M, 8G, binary.
absl::StatusOr<Bytes> ParseSize(std::string text) {
  int shift = 0;
  const std::string all = text;
  if (!text.empty()) {
    const char unit = static_cast<char>(std::toupper(static_cast<unsigned char>(text.back())));
    shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
    if (shift > 0) text.pop_back();
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1 || number > (int64_t{1} << (42 - shift))) {
    return absl::InvalidArgumentError(
        absl::StrCat("size \"", all, "\"; accepted: bytes such as 8, 32K, 128M, 8G"));
  }
  return Bytes(number << shift);
}

absl::StatusOr<CollectiveSweep> SweepOf(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  CollectiveSweep sweep;
  TESSERA_ASSIGN_OR_RETURN(sweep.system, catalog.LoadSystem(arguments.system));
  sweep.nodes = arguments.nodes;
  sweep.chips = arguments.chips;
  sweep.factor = arguments.factor;
  TESSERA_ASSIGN_OR_RETURN(sweep.first, ParseSize(arguments.first));
  TESSERA_ASSIGN_OR_RETURN(sweep.last, ParseSize(arguments.last));
  TESSERA_ASSIGN_OR_RETURN(sweep.request.op, ParseCollectiveOp(arguments.operation));
  TESSERA_ASSIGN_OR_RETURN(const Precision element, ParsePrecision(arguments.data_type));
  sweep.request.element_bytes = static_cast<int>(StorageBytes(element, 1).count());
  sweep.request.algorithm = arguments.algorithm;
  sweep.request.library = arguments.library;
  sweep.request.harness = Harness::kNcclTests;
  return sweep;
}

std::string AlgorithmText(const CollectiveRow& row) {
  return row.protocol.empty() ? row.algorithm : absl::StrCat(row.algorithm, "/", row.protocol);
}

void PrintJsonTable(const Arguments& arguments, const CollectiveTable& table) {
  Json rows = Json::array();
  for (const CollectiveRow& row : table.rows) {
    rows.push_back({{"bytes", row.bytes.count()},
                    {"time_s", ToSeconds(row.time)},
                    {"algorithm_bytes_per_s", row.algorithm_bandwidth},
                    {"bus_bytes_per_s", row.bus_bandwidth},
                    {"algorithm", row.algorithm},
                    {"protocol", row.protocol}});
  }
  PrintJson({{"system", arguments.system},
             {"operation", arguments.operation},
             {"ranks", table.ranks},
             {"rows", rows}});
}

void PrintTable(const Arguments& arguments, int element_bytes, const CollectiveTable& table) {
  TextTable text({{"size (B)", Align::kRight},
                  {"count", Align::kRight},
                  {"type", Align::kLeft},
                  {"time (us)", Align::kRight},
                  {"algbw (GB/s)", Align::kRight},
                  {"busbw (GB/s)", Align::kRight},
                  {"algorithm", Align::kLeft}});
  double sum = 0;
  for (const CollectiveRow& row : table.rows) {
    sum += row.bus_bandwidth;
    text.AddRow({absl::StrCat(row.bytes.count()), absl::StrCat(row.bytes.count() / element_bytes),
                 arguments.data_type, absl::StrFormat("%.2f", ToSeconds(row.time) * 1e6),
                 absl::StrFormat("%.2f", row.algorithm_bandwidth / 1e9),
                 absl::StrFormat("%.2f", row.bus_bandwidth / 1e9), AlgorithmText(row)});
  }
  std::cout << "# " << arguments.operation << " on " << arguments.system << ", " << table.ranks
            << " ranks\n"
            << text.Text(0);
  if (!table.rows.empty()) {
    std::cout << absl::StrFormat("# Avg bus bandwidth: %.2f GB/s\n",
                                 sum / 1e9 / static_cast<double>(table.rows.size()));
  }
  if (!arguments.explain) return;
  for (const CollectiveRow& row : table.rows) {
    std::cout << "\n" << row.bytes.count() << " B: " << row.explanation << "\n";
  }
}

absl::StatusOr<Outcome> RunCollective(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const CollectiveSweep sweep, SweepOf(arguments));
  TESSERA_ASSIGN_OR_RETURN(const CollectiveTable table, RunCollectiveSweep(sweep));
  if (arguments.json) {
    PrintJsonTable(arguments, table);
  } else {
    PrintTable(arguments, sweep.request.element_bytes, table);
  }
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddCollective(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("--system", arguments->system, "A system of configs/systems, or a path")
      ->required();
  verb.add_option("--op", arguments->operation,
                  "all_reduce, all_gather, reduce_scatter, all_to_all, broadcast, send_recv, ...")
      ->capture_default_str();
  verb.add_option("--algorithm", arguments->algorithm, "auto, ring, tree, nvls, ...")
      ->capture_default_str();
  verb.add_option("--library", arguments->library,
                  "nccl, rccl, ...; default: the chip's usual one");
  verb.add_option("-d,--datatype", arguments->data_type, "Element type")->capture_default_str();
  verb.add_option("-b,--minbytes", arguments->first, "Smallest size")->capture_default_str();
  verb.add_option("-e,--maxbytes", arguments->last, "Largest size")->capture_default_str();
  verb.add_option("-f,--stepfactor", arguments->factor, "Factor between sizes")
      ->check(CLI::Range(1.01, 1e6))
      ->capture_default_str();
  verb.add_option("--nodes", arguments->nodes, "Nodes (scale-up domains)")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb.add_option("--chips", arguments->chips, "Chips that take part; default: all of the nodes")
      ->check(CLI::Range(1, 1 << 24));
  CLI::Option* json = verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  verb.add_flag("--explain", arguments->explain, "Why each size uses its algorithm")
      ->excludes(json);
  return [arguments] { return RunCollective(*arguments); };
}

}  // namespace tessera
