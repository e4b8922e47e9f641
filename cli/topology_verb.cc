#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "study/quantity_text.h"
#include "study/text_table.h"
#include "study/topology_view.h"
#include "topology/build.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string system;
  int nodes = 1;
  bool dot = false;
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
  }
  return {{"chips", view.chips},
          {"nodes", view.nodes},
          {"nics", view.nics},
          {"switches", view.switches},
          {"tiers", tiers}};
}

std::string RangeText(double least, double greatest, absl::string_view unit) {
  if (least == greatest) return QuantityText(least, unit);
  return absl::StrCat(QuantityText(least, unit), " to ", QuantityText(greatest, unit));
}

void PrintText(const TopologyView& view) {
  std::cout << view.chips << " chips in " << view.nodes << " nodes, " << view.nics << " NICs, "
            << view.switches << " switches\n\n";
  TextTable table({{"tier", Align::kLeft},
                   {"links", Align::kRight},
                   {"a link", Align::kRight},
                   {"latency", Align::kRight},
                   {"out of a chip", Align::kRight}});
  for (int i = 0; i < kTierCount; ++i) {
    const TierView& tier = view.tiers[static_cast<size_t>(i)];
    if (tier.links == 0) continue;
    table.AddRow(
        {TierName(static_cast<Tier>(i)), absl::StrCat(tier.links),
         RangeText(static_cast<double>(tier.least_bandwidth.bytes_per_second()),
                   static_cast<double>(tier.greatest_bandwidth.bytes_per_second()), "bytes/s"),
         RangeText(ToSeconds(tier.least_latency), ToSeconds(tier.greatest_latency), "s"),
         QuantityText(static_cast<double>(tier.per_chip.bytes_per_second()), "bytes/s")});
  }
  std::cout << table.Text(2);
}

absl::StatusOr<Outcome> RunTopology(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const SystemSpec system, catalog.LoadSystem(arguments.system));
  TESSERA_ASSIGN_OR_RETURN(
      const std::unique_ptr<Topology> topology,
      BuildTopology(system, arguments.nodes, arguments.nodes * system.chips_per_node));
  if (arguments.dot) {
    std::cout << TopologyDot(*topology);
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
  verb.add_option("system", arguments->system, "A system of configs/systems, or a path")
      ->required();
  verb.add_option("--nodes", arguments->nodes, "Nodes (scale-up domains)")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  CLI::Option* json = verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  verb.add_flag("--dot", arguments->dot, "The graph in the language of Graphviz")->excludes(json);
  verb.add_flag("--check", arguments->check, "Follow the routes between chips");
  return [arguments] { return RunTopology(*arguments); };
}

}  // namespace tessera
