#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "study/chip_view.h"
#include "study/quantity_text.h"
#include "study/text_table.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string name;
  bool json = false;
};

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json Document(const ChipSpec& chip, const ChipView& view) {
  Json peaks = Json::array();
  for (const PeakView& peak : view.peaks) {
    peaks.push_back({{"precision", peak.precision},
                     {"flops_per_s", peak.flops_per_s},
                     {"sparse_flops_per_s", OrNull(peak.sparse_flops_per_s)},
                     {"ridge_flops_per_byte", OrNull(peak.ridge_flops_per_byte)}});
  }
  Json memories = Json::array();
  for (const MemoryView& memory : view.memories) {
    memories.push_back({{"name", memory.name},
                        {"capacity_bytes", memory.capacity_bytes},
                        {"bytes_per_s", OrNull(memory.bytes_per_s)},
                        {"achieved_fraction", OrNull(memory.achieved_fraction)},
                        {"latency_s", OrNull(memory.latency_s)}});
  }
  return {{"name", chip.name},       {"vendor", chip.vendor},
          {"year", chip.year},       {"core_count", chip.core_count},
          {"peaks", peaks},          {"memories", memories},
          {"unknown", view.unknown}, {"estimates", view.estimates}};
}

std::string CapacityText(int64_t bytes) {
  if (bytes >= int64_t{1} << 30) {
    return absl::StrFormat("%.4g GiB", static_cast<double>(bytes) / static_cast<double>(1 << 30));
  }
  return absl::StrFormat("%.4g MiB", static_cast<double>(bytes) / static_cast<double>(1 << 20));
}

void PrintText(const ChipSpec& chip, const ChipView& view) {
  std::cout << chip.name << ": " << chip.vendor << ", " << chip.year << ", " << chip.core_count
            << " cores\n\n";
  TextTable peaks({{"precision", Align::kLeft},
                   {"peak", Align::kRight},
                   {"sparse", Align::kRight},
                   {"ridge FLOP/byte", Align::kRight}});
  for (const PeakView& peak : view.peaks) {
    peaks.AddRow({peak.precision, QuantityText(peak.flops_per_s, "flop/s"),
                  peak.sparse_flops_per_s ? QuantityText(*peak.sparse_flops_per_s, "flop/s") : "-",
                  peak.ridge_flops_per_byte ? NumberText(*peak.ridge_flops_per_byte) : "-"});
  }
  TextTable memories({{"memory", Align::kLeft},
                      {"capacity", Align::kRight},
                      {"bandwidth", Align::kRight},
                      {"sustained", Align::kRight},
                      {"latency", Align::kRight}});
  for (const MemoryView& memory : view.memories) {
    const auto rate = memory.bytes_per_s;
    const auto fraction = memory.achieved_fraction;
    memories.AddRow(
        {memory.name, CapacityText(memory.capacity_bytes),
         rate ? QuantityText(static_cast<double>(*rate), "bytes/s") : "-",
         rate && fraction ? QuantityText(static_cast<double>(*rate) * *fraction, "bytes/s") : "-",
         memory.latency_s ? QuantityText(*memory.latency_s, "s") : "-"});
  }
  std::cout << peaks.Text(2) << "\n" << memories.Text(2);
  if (!view.unknown.empty()) {
    std::cout << "\nunknown: " << absl::StrJoin(view.unknown, ", ") << "\n";
  }
  if (!view.estimates.empty()) {
    std::cout << "estimated: " << absl::StrJoin(view.estimates, ", ") << "\n";
  }
}

absl::StatusOr<Outcome> RunChip(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const ChipSpec chip, catalog.LoadChip(arguments.name));
  const ChipView view = ViewChip(chip);
  if (arguments.json) {
    PrintJson(Document(chip, view));
  } else {
    PrintText(chip, view);
  }
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddChip(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("name", arguments->name, "A chip of configs/chips, or a path")->required();
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunChip(*arguments); };
}

}  // namespace tessera
