#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "configs/formats/network_description.h"
#include "configs/quantity.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"
#include "study/quantity_text.h"
#include "study/text_table.h"
#include "study/topology_view.h"
#include "topology/build.h"
#include "topology/export.h"
#include "topology/import.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string system;
  int nodes = 1;
  std::string nvlink_rate;
  std::string pcie_rate;
  bool dot = false;
  bool graphml = false;
  bool graph_json = false;
  bool check = false;
  bool json = false;
};

Json Document(const TopologyView& view) {
  Json tiers = Json::array();
  for (int i = 0; i < kTierCount; ++i) {
    const TierView& tier = view.tiers[static_cast<size_t>(i)];
    if (tier.links == 0) continue;
    tiers.push_back({{"tier", TierName(static_cast<Tier>(i))},
                     {"links", tier.links},
                     {"least_bytes_per_s", tier.least_bandwidth.bytes_per_second()},
                     {"greatest_bytes_per_s", tier.greatest_bandwidth.bytes_per_second()},
                     {"least_latency_s", ToSeconds(tier.least_latency)},
                     {"greatest_latency_s", ToSeconds(tier.greatest_latency)},
                     {"chip_bytes_per_s", tier.per_chip.bytes_per_second()}});
    if (tier.bisection.has_value()) {
      tiers.back()["bisection_bytes_per_s"] = tier.bisection->bytes_per_second();
    }
  }
  return {{"chips", view.chips},
          {"end", view.end},
          {"nodes", view.nodes},
          {"nics", view.nics},
          {"switches", view.switches},
          {"diameter_links", view.distances.diameter},
          {"mean_distance_links", view.distances.mean},
          {"distances_from_chips", view.distances.from},
          {"asymmetries", view.asymmetries},
          {"tiers", tiers}};
}

std::string RangeText(double least, double greatest, absl::string_view unit) {
  if (least == greatest) return QuantityText(least, unit);
  return absl::StrCat(QuantityText(least, unit), " to ", QuantityText(greatest, unit));
}

void PrintText(const TopologyView& view) {
  std::cout << view.chips << " " << view.end << "s in " << view.nodes << " nodes, " << view.nics
            << " NICs, " << view.switches << " switches\n\n";
  TextTable table({{"tier", Align::kLeft},
                   {"links", Align::kRight},
                   {"a link", Align::kRight},
                   {"latency", Align::kRight},
                   {"out of a " + view.end, Align::kRight},
                   {"bisection", Align::kRight}});
  for (int i = 0; i < kTierCount; ++i) {
    const TierView& tier = view.tiers[static_cast<size_t>(i)];
    if (tier.links == 0) continue;
    table.AddRow(
        {TierName(static_cast<Tier>(i)), absl::StrCat(tier.links),
         RangeText(static_cast<double>(tier.least_bandwidth.bytes_per_second()),
                   static_cast<double>(tier.greatest_bandwidth.bytes_per_second()), "bytes/s"),
         RangeText(ToSeconds(tier.least_latency), ToSeconds(tier.greatest_latency), "s"),
         tier.per_chip > Bandwidth()
             ? QuantityText(static_cast<double>(tier.per_chip.bytes_per_second()), "bytes/s")
             : "-",
         tier.bisection.has_value()
             ? QuantityText(static_cast<double>(tier.bisection->bytes_per_second()), "bytes/s")
             : "-"});
  }
  std::cout << table.Text(2);
  std::cout << "\ndiameter " << view.distances.diameter << " links, mean distance "
            << NumberText(view.distances.mean)
            << (view.distances.from < view.chips
                    ? absl::StrCat(" (from ", view.distances.from, " ", view.end, "s)")
                    : "")
            << "\n";
  if (view.asymmetries.empty()) std::cout << "every chip has the same links, each with one back\n";
  constexpr size_t kMostNamed = 4;
  for (size_t i = 0; i < std::min(kMostNamed, view.asymmetries.size()); ++i) {
    std::cout << view.asymmetries[i] << "\n";
  }
  if (view.asymmetries.size() > kMostNamed) {
    std::cout << "and " << view.asymmetries.size() - kMostNamed << " more kinds (--json: all)\n";
  }
}

absl::StatusOr<Bandwidth> RateOption(const char* option, const std::string& text) {
  if (text.empty()) return Bandwidth();
  absl::StatusOr<Bandwidth> rate = ParseBandwidth(text);
  if (rate.ok()) return rate;
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", rate.status().message()));
}

// Whether the argument is a file of another tool, not a system.
bool IsForeign(const std::string& name) {
  if (absl::EndsWith(name, ".xml") || absl::EndsWith(name, ".txt")) return true;
  if (!absl::EndsWith(name, ".yml") && !absl::EndsWith(name, ".yaml")) return false;
  const absl::StatusOr<std::string> text = ReadTextFile(name);
  return text.ok() && absl::StrContains(*text, "npus_count");
}

absl::StatusOr<std::unique_ptr<Topology>> Import(const Arguments& arguments) {
  MatrixRates rates;
  TESSERA_ASSIGN_OR_RETURN(rates.nvlink, RateOption("--nvlink-rate", arguments.nvlink_rate));
  TESSERA_ASSIGN_OR_RETURN(rates.pcie, RateOption("--pcie-rate", arguments.pcie_rate));
  TESSERA_ASSIGN_OR_RETURN(const NetworkDescription network,
                           ReadNetworkFile(arguments.system, rates));
  for (const std::string& note : network.notes) std::cerr << "note: " << note << "\n";
  return ImportTopology(network);
}

absl::StatusOr<std::unique_ptr<Topology>> Load(const Arguments& arguments) {
  if (IsForeign(arguments.system)) return Import(arguments);
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const SystemSpec system, catalog.LoadSystem(arguments.system));
  return BuildTopology(system, arguments.nodes, arguments.nodes * system.chips_per_node);
}

absl::StatusOr<Outcome> RunTopology(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology, Load(arguments));
  if (arguments.dot) {
    std::cout << ToGraphviz(*topology);
  } else if (arguments.graphml) {
    std::cout << ToGraphMl(*topology);
  } else if (arguments.graph_json) {
    std::cout << ToGraphJson(*topology);
  } else if (arguments.json) {
    PrintJson(Document(ViewTopology(*topology)));
  } else {
    PrintText(ViewTopology(*topology));
  }
  if (!arguments.check) return Outcome::kSuccess;
  TESSERA_RETURN_IF_ERROR(CheckRoutes(*topology));
  std::cerr << "routes: ok\n";
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddTopology(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("system", arguments->system,
                  "A system of configs/systems, a path to one, or a network of another tool: "
                  "network.yml of ASTRA-sim, an NCCL topology file (.xml), the text of "
                  "nvidia-smi topo -m or an ns-3 link list (.txt)")
      ->required();
  verb.add_option("--nodes", arguments->nodes, "Nodes (scale-up domains)")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  CLI::Option* json = verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  verb.add_option("--nvlink-rate", arguments->nvlink_rate,
                  "Rate of one NVLink and direction, for nvidia-smi: \"25 GB/s\"");
  verb.add_option("--pcie-rate", arguments->pcie_rate,
                  "Rate of a PCIe slot and direction, for nvidia-smi: \"32 GB/s\"");
  CLI::Option* dot = verb.add_flag("--dot", arguments->dot, "The graph in the language of Graphviz")
                         ->excludes(json);
  CLI::Option* graphml =
      verb.add_flag("--graphml", arguments->graphml, "The graph as GraphML")->excludes(json, dot);
  verb.add_flag("--graph-json", arguments->graph_json, "All vertices and links as JSON")
      ->excludes(json, dot, graphml);
  verb.add_flag("--check", arguments->check, "Follow the routes between chips");
  return [arguments] { return RunTopology(*arguments); };
}

}  // namespace tessera
