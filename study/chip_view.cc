#include "study/chip_view.h"

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

std::vector<double> AddRidgeTiers(const ChipSpec& chip, ChipView& view) {
  std::vector<double> bandwidths;
  const auto add = [&](const std::string& name, Bandwidth bandwidth) {
    view.ridge_tiers.push_back(name);
    bandwidths.push_back(static_cast<double>(bandwidth.bytes_per_second()));
  };
  if (chip.sram && chip.sram->bandwidth) add("sram", *chip.sram->bandwidth);
  if (chip.llc && chip.llc->bandwidth) add("llc", *chip.llc->bandwidth);
  if (!chip.memory.empty()) add(chip.memory[0].name, chip.memory[0].bandwidth);
  return bandwidths;
}

void AddPeaks(const ChipSpec& chip, ChipView& view) {
  const std::vector<double> bandwidths = AddRidgeTiers(chip, view);
  for (int i = 0; i < kPrecisionCount; ++i) {
    const auto precision = static_cast<Precision>(i);
    const std::optional<FlopRate>& peak = chip.matrix_peak.Get(precision);
    if (!peak) continue;
    PeakView& row = view.peaks.emplace_back();
    row.precision = std::string(PrecisionName(precision));
    row.flops_per_s = peak->value();
    if (const auto& sparse = chip.matrix_peak_sparse.Get(precision)) {
      row.sparse_flops_per_s = sparse->value();
    }
    for (const double bandwidth : bandwidths) row.ridges.push_back(peak->value() / bandwidth);
  }
}

std::optional<int64_t> Rate(const std::optional<Bandwidth>& bandwidth) {
  if (!bandwidth) return std::nullopt;
  return bandwidth->bytes_per_second();
}

std::optional<double> Latency(const std::optional<Duration>& latency) {
  if (!latency) return std::nullopt;
  return ToSeconds(*latency);
}

void AddMemories(const ChipSpec& chip, ChipView& view) {
  const auto add_sram = [&](const char* name, const std::optional<SramSpec>& sram) {
    if (!sram) return;
    view.memories.push_back({.name = name,
                             .capacity_bytes = sram->total.count(),
                             .bytes_per_s = Rate(sram->bandwidth),
                             .achieved_fraction = std::nullopt,
                             .latency_s = Latency(sram->latency)});
  };
  add_sram("sram", chip.sram);
  add_sram("llc", chip.llc);
  for (const MemoryTierSpec& tier : chip.memory) {
    view.memories.push_back({.name = tier.name,
                             .capacity_bytes = tier.capacity.count(),
                             .bytes_per_s = tier.bandwidth.bytes_per_second(),
                             .achieved_fraction = tier.achieved_fraction,
                             .latency_s = Latency(tier.latency)});
  }
}

void AddUnknown(const ChipSpec& chip, ChipView& view) {
  const auto need = [&](bool known, absl::string_view what) {
    if (!known) view.unknown.emplace_back(what);
  };
  need(!view.peaks.empty(), "matrix peaks");
  need(chip.core_count > 0, "core count");
  need(chip.vector_peak_fp32.has_value(), "fp32 vector peak");
  need(chip.special_functions_per_second.has_value(), "special function rate");
  need(chip.sram.has_value(), "core-local memory");
  need(chip.sram && chip.sram->bandwidth, "core-local memory bandwidth");
  need(chip.llc.has_value(), "last-level cache");
  need(!chip.memory.empty(), "main memory");
  need(!chip.memory.empty() && chip.memory[0].latency, "main memory latency");
  need(chip.scale_up && !chip.scale_up->link.empty(), "scale-up link");
  need(chip.scale_out_bandwidth.has_value(), "scale-out bandwidth");
  need(chip.host_bandwidth.has_value(), "host bandwidth");
  need(chip.tdp.has_value(), "power limit");
  need(chip.idle.has_value(), "idle power");
  need(chip.price.has_value(), "price");
  need(chip.overhead.has_value(), "overheads of kernels");
}

void AddEstimates(const ChipSpec& chip, ChipView& view) {
  const auto check = [&](const Provenance& provenance, absl::string_view what) {
    if (provenance.confidence == Confidence::kEstimate) view.estimates.emplace_back(what);
  };
  if (chip.sram) check(chip.sram->provenance, "core-local memory");
  if (chip.llc) check(chip.llc->provenance, "last-level cache");
  for (const MemoryTierSpec& tier : chip.memory) {
    check(tier.provenance, absl::StrCat("memory tier ", tier.name));
  }
  if (chip.scale_up) check(chip.scale_up->provenance, "scale-up");
  if (chip.overhead) check(chip.overhead->provenance, "overheads of kernels");
}

}  // namespace

ChipView ViewChip(const ChipSpec& chip) {
  ChipView view;
  AddPeaks(chip, view);
  AddMemories(chip, view);
  AddUnknown(chip, view);
  AddEstimates(chip, view);
  return view;
}

}  // namespace tessera
