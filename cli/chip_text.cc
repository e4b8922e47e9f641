#include "cli/chip_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "study/quantity_text.h"
#include "study/text_table.h"

namespace tessera {
namespace {

std::string CapacityText(int64_t bytes) {
  const bool large = bytes >= int64_t{1} << 30;
  return absl::StrFormat(
      "%.4g %s", static_cast<double>(bytes) / static_cast<double>(large ? 1 << 30 : 1 << 20),
      large ? "GiB" : "MiB");
}

std::string JoulesText(double joules) {
  if (joules < 1e-9) return absl::StrFormat("%.3g pJ", joules * 1e12);
  if (joules < 1e-6) return absl::StrFormat("%.3g nJ", joules * 1e9);
  if (joules < 1e-3) return absl::StrFormat("%.3g uJ", joules * 1e6);
  return absl::StrFormat("%.3g mJ", joules * 1e3);
}

std::string BytesText(double bytes) {
  return bytes >= 1e9   ? absl::StrFormat("%.4g GB", bytes * 1e-9)
         : bytes >= 1e6 ? absl::StrFormat("%.4g MB", bytes * 1e-6)
                        : absl::StrFormat("%.4g KB", bytes * 1e-3);
}

std::string PeaksText(const ChipView& view) {
  std::vector<TextTable::Column> columns = {
      {"precision", Align::kLeft}, {"peak", Align::kRight}, {"sparse", Align::kRight}};
  for (const std::string& tier : view.ridge_tiers) {
    columns.push_back({absl::StrCat("ridge ", tier), Align::kRight});
  }
  TextTable peaks(columns);
  for (const PeakView& peak : view.peaks) {
    std::vector<std::string> cells = {
        peak.precision, QuantityText(peak.flops_per_s, "flop/s"),
        peak.sparse_flops_per_s ? QuantityText(*peak.sparse_flops_per_s, "flop/s") : "-"};
    for (const double ridge : peak.ridges) cells.push_back(NumberText(ridge));
    peaks.AddRow(cells);
  }
  return absl::StrCat(peaks.Text(2),
                      "  ridge: FLOPs a byte of the tier above which the matrix unit ", "limits\n");
}

std::string MemoriesText(const ChipView& view) {
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
  return memories.Text(2);
}

std::string PowerText(const PowerView& power) {
  return absl::StrFormat(
      "  power: %.0f W by design, %.0f W idle; with memory stacked on the logic, %.0f %% of the "
      "clock "
      "after minutes at full load\n",
      power.design_watts, power.idle_watts, 100 * power.stacked_clock);
}

std::string EconomicsText(const ChipEconomics& economics) {
  std::string text;
  if (economics.power) absl::StrAppend(&text, PowerText(*economics.power));
  std::vector<std::string> parts;
  for (const EnergyView& row : economics.energy) {
    parts.push_back(absl::StrCat(row.what, " ", JoulesText(row.joules)));
  }
  if (!parts.empty()) absl::StrAppend(&text, "  energy: ", absl::StrJoin(parts, ", "), "\n");
  if (const auto& silicon = economics.silicon) {
    absl::StrAppendFormat(&text, "  silicon: %d x %.0f mm2, yield %.0f %%, %.0f USD\n",
                          silicon->dies, silicon->area_mm2 / silicon->dies,
                          100 * silicon->die_yield, silicon->dollars);
  }
  if (economics.owned_dollars_per_hour) {
    absl::StrAppendFormat(&text, "  owned: %.3g USD/h at design power\n",
                          *economics.owned_dollars_per_hour);
  }
  if (economics.rented_dollars_per_hour) {
    absl::StrAppendFormat(&text, "  rented: %.3g USD/h\n", *economics.rented_dollars_per_hour);
  }
  return text;
}

std::string BreakdownText(const ChipBreakdown& breakdown) {
  TextTable table({{"operator", Align::kLeft},
                   {"time", Align::kRight},
                   {"FLOP", Align::kRight},
                   {"memory", Align::kRight},
                   {"energy", Align::kRight},
                   {"limited by", Align::kLeft},
                   {"result", Align::kLeft}});
  for (const BreakdownRow& row : breakdown.rows) {
    table.AddRow({row.name, QuantityText(row.seconds, "s"),
                  row.flops > 0 ? absl::StrFormat("%.3g G", row.flops * 1e-9) : "-",
                  BytesText(row.memory_bytes), JoulesText(row.joules), row.limiter,
                  row.fused_with_next ? "can stay on chip" : "to memory"});
  }
  const auto total = [&table](const char* name, const ChainTotal& sum) {
    table.AddRow({name, QuantityText(sum.seconds, "s"), "", BytesText(sum.memory_bytes),
                  JoulesText(sum.joules), sum.limiter, ""});
  };
  total("all, unfused", breakdown.unfused);
  total("all, fused", breakdown.fused);
  return table.Text(2);
}

}  // namespace

std::string ChipText(const ChipPage& page) {
  std::string text =
      absl::StrCat(page.chip.name, ": ", page.chip.vendor, ", ", page.chip.year, ", ",
                   page.chip.core_count, " cores\n\n", PeaksText(page.view), "\n",
                   MemoriesText(page.view), "\n", EconomicsText(page.economics));
  if (page.breakdown) {
    absl::StrAppend(&text, "\n", page.layer, "\n", BreakdownText(*page.breakdown));
  }
  if (!page.view.unknown.empty()) {
    absl::StrAppend(&text, "\nunknown: ", absl::StrJoin(page.view.unknown, ", "), "\n");
  }
  if (!page.view.estimates.empty()) {
    absl::StrAppend(&text, "estimated: ", absl::StrJoin(page.view.estimates, ", "), "\n");
  }
  return text;
}

}  // namespace tessera
