#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "chips/power.h"
#include "chips/trend.h"
#include "cli/chip_text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string name;
  std::string model = "llama3p1_70b";
  std::string precision;
  std::string weights;
  int64_t batch = 32;
  int64_t context = 2048;
  int tensor = 8;
  bool prefill = false;
  double years = 0;
  double power_cap = 0;
  bool json = false;
};

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json Peaks(const ChipView& view) {
  Json peaks = Json::array();
  for (const PeakView& peak : view.peaks) {
    Json ridges = Json::object();
    for (size_t i = 0; i < view.ridge_tiers.size(); ++i) {
      ridges[view.ridge_tiers[i]] = peak.ridges[i];
    }
    peaks.push_back({{"precision", peak.precision},
                     {"flops_per_s", peak.flops_per_s},
                     {"sparse_flops_per_s", OrNull(peak.sparse_flops_per_s)},
                     {"ridge_flops_per_byte", ridges}});
  }
  return peaks;
}

Json Memories(const ChipView& view) {
  Json memories = Json::array();
  for (const MemoryView& memory : view.memories) {
    memories.push_back({{"name", memory.name},
                        {"capacity_bytes", memory.capacity_bytes},
                        {"bytes_per_s", OrNull(memory.bytes_per_s)},
                        {"achieved_fraction", OrNull(memory.achieved_fraction)},
                        {"latency_s", OrNull(memory.latency_s)}});
  }
  return memories;
}

Json Economics(const ChipEconomics& economics) {
  Json energy = Json::array();
  for (const EnergyView& row : economics.energy) {
    energy.push_back({{"what", row.what}, {"energy_j", row.joules}});
  }
  Json power;
  if (const auto& p = economics.power) {
    power = {{"design_w", p->design_watts},
             {"idle_w", p->idle_watts},
             {"stacked_memory_sustained_clock", p->stacked_clock}};
  }
  Json silicon;
  if (const auto& s = economics.silicon) {
    silicon = {{"area_mm2", s->area_mm2},
               {"dies", s->dies},
               {"die_yield", s->die_yield},
               {"cost_usd", s->dollars}};
  }
  return {{"energy", energy},
          {"power", power},
          {"silicon", silicon},
          {"owned_usd_per_h", OrNull(economics.owned_dollars_per_hour)},
          {"rented_usd_per_h", OrNull(economics.rented_dollars_per_hour)}};
}

Json Total(const ChainTotal& total) {
  return {{"time_s", total.seconds},
          {"memory_bytes", total.memory_bytes},
          {"energy_j", total.joules},
          {"limiter", total.limiter}};
}

Json Breakdown(const std::optional<ChipBreakdown>& breakdown) {
  if (!breakdown) return nullptr;
  Json rows = Json::array();
  for (const BreakdownRow& row : breakdown->rows) {
    rows.push_back({{"name", row.name},
                    {"time_s", row.seconds},
                    {"flops", row.flops},
                    {"memory_bytes", row.memory_bytes},
                    {"energy_j", row.joules},
                    {"limiter", row.limiter},
                    {"fused_with_next", row.fused_with_next}});
  }
  return {{"operators", rows},
          {"unfused", Total(breakdown->unfused)},
          {"fused", Total(breakdown->fused)}};
}

Json Document(const ChipPage& page) {
  return {{"name", page.chip.name},
          {"vendor", page.chip.vendor},
          {"year", page.chip.year},
          {"core_count", page.chip.core_count},
          {"peaks", Peaks(page.view)},
          {"memories", Memories(page.view)},
          {"economics", Economics(page.economics)},
          {"layer", Breakdown(page.breakdown)},
          {"unknown", page.view.unknown},
          {"estimates", page.view.estimates}};
}

// The widest format of 16 bits that the chip has a rate for, else any it has.
Precision UsualPrecision(const ChipSpec& chip) {
  for (const Precision precision : {Precision::kBf16, Precision::kFp16, Precision::kInt8}) {
    if (chip.matrix_peak.Get(precision)) return precision;
  }
  return Precision::kFp32;
}

absl::StatusOr<ShardShape> ShapeOf(const Arguments& arguments, const ChipSpec& chip) {
  ShardShape shape;
  shape.batch = arguments.prefill ? 1 : arguments.batch;
  shape.q_len = arguments.prefill ? arguments.context : 1;
  shape.kv_len = arguments.context;
  shape.tensor = arguments.tensor;
  shape.phase = arguments.prefill ? AttentionPhase::kPrefill : AttentionPhase::kDecode;
  PrecisionPlan& formats = shape.precision;
  formats.compute = UsualPrecision(chip);
  if (!arguments.precision.empty()) {
    TESSERA_ASSIGN_OR_RETURN(formats.compute, ParsePrecision(arguments.precision));
  }
  formats.weights = formats.compute;
  if (!arguments.weights.empty()) {
    TESSERA_ASSIGN_OR_RETURN(formats.weights, ParsePrecision(arguments.weights));
  }
  formats.activations = StorageBits(formats.compute) < 16 ? UsualPrecision(chip) : formats.compute;
  formats.kv = formats.activations;
  return shape;
}

std::string LayerText(const Arguments& arguments, const ShardShape& shape) {
  const std::string work =
      arguments.prefill
          ? absl::StrCat("prefill of ", arguments.context, " tokens")
          : absl::StrCat("decode of ", arguments.batch, " sequences behind ", arguments.context);
  return absl::StrCat("one layer of ", arguments.model, ", 1/", arguments.tensor, " of it, ", work,
                      ", ", std::string(PrecisionName(shape.precision.compute)), ", weights ",
                      std::string(PrecisionName(shape.precision.weights)));
}

absl::StatusOr<Outcome> RunChip(const Arguments& arguments) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(ChipSpec chip, catalog.LoadChip(arguments.name));
  if (arguments.years != 0) chip = ProjectedChip(chip, arguments.years);
  if (arguments.power_cap > 0) {
    TESSERA_ASSIGN_OR_RETURN(chip, UnderPowerCap(chip, Power(arguments.power_cap)));
  }
  TESSERA_ASSIGN_OR_RETURN(const ModelSpec model, catalog.LoadModel(arguments.model));
  TESSERA_ASSIGN_OR_RETURN(const ShardShape shape, ShapeOf(arguments, chip));
  const ChipView view = ViewChip(chip);
  TESSERA_ASSIGN_OR_RETURN(const PackageSpec package, catalog.LoadPackage(arguments.name));
  const ChipEconomics economics = EconomicsOf(chip, package);
  std::optional<ChipBreakdown> breakdown;
  // A chip that lacks what its model needs still shows what is known of it.
  if (const auto chip_model = MakeChipModel(chip); chip_model.ok()) {
    TESSERA_ASSIGN_OR_RETURN(breakdown, BreakdownOf(**chip_model, model, shape));
  }
  const ChipPage page{.chip = chip,
                      .view = view,
                      .economics = economics,
                      .layer = LayerText(arguments, shape),
                      .breakdown = breakdown};
  if (arguments.json) {
    PrintJson(Document(page));
  } else {
    std::cout << ChipText(page);
  }
  return Outcome::kSuccess;
}

}  // namespace

VerbAction AddChip(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("name", arguments->name, "A chip of configs/chips, or a path")->required();
  verb.add_option("--model", arguments->model, "Whose layer is broken down")->capture_default_str();
  verb.add_option("--batch", arguments->batch, "Sequences of one decode step")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20));
  verb.add_option("--context", arguments->context, "Cached tokens, or tokens of the prompt")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 24));
  verb.add_option("--tensor", arguments->tensor, "Chips that share the layer")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  verb.add_option("--precision", arguments->precision,
                  "Of products; default: the chip's usual one");
  verb.add_option("--weights", arguments->weights, "As stored; default: as --precision");
  verb.add_flag("--prefill", arguments->prefill,
                "One prompt of --context tokens, not a decode step");
  verb.add_option("--years", arguments->years,
                  "Project the chip: compute x3.0, memory x1.6, links x1.4 per two years")
      ->check(CLI::Range(-20.0, 20.0));
  verb.add_option("--power-cap", arguments->power_cap, "Watts that the chip may draw")
      ->check(CLI::PositiveNumber);
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunChip(*arguments); };
}

}  // namespace tessera
