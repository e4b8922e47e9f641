#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "report/amount_text.h"
#include "report/comparison.h"
#include "study/quantity_text.h"
#include "study/text_table.h"

namespace tessera {
namespace {

std::string RatioText(const ComparedQuantity& row) {
  if (row.before == 0 || row.after == 0) return row.before == row.after ? "" : "new";
  const double change = row.after / row.before - 1;
  if (std::abs(change) < 5e-4) return "same";
  return absl::StrFormat("%+.1f %%", 100 * change);
}

// Memory in powers of 1024, traffic in powers of 1000, as everywhere.
using BytesText = std::string (*)(Bytes bytes);

std::string ValueText(double value, const std::string& unit, BytesText bytes_text) {
  if (unit == "bytes") return bytes_text(Bytes(static_cast<int64_t>(value)));
  return QuantityText(value, unit);
}

std::string DeltaText(const ComparedQuantity& row, BytesText bytes_text) {
  const double delta = row.after - row.before;
  if (delta == 0) return "";
  return absl::StrCat(delta < 0 ? "-" : "+", ValueText(std::abs(delta), row.unit, bytes_text));
}

std::string Section(const std::string& title, const std::vector<ComparedQuantity>& rows,
                    BytesText bytes_text = TrafficText) {
  TextTable table({{},
                   {"A", Align::kRight},
                   {"B", Align::kRight},
                   {"change", Align::kRight},
                   {"", Align::kRight}});
  for (const ComparedQuantity& row : rows) {
    if (row.before == 0 && row.after == 0) continue;
    table.AddRow({row.name, ValueText(row.before, row.unit, bytes_text),
                  ValueText(row.after, row.unit, bytes_text), DeltaText(row, bytes_text),
                  RatioText(row)});
  }
  return table.empty() ? "" : absl::StrCat(title, "\n", table.Text(2));
}

std::string RequestSection(const std::vector<RequestChange>& changes) {
  TextTable table({{}, {"A"}, {"B"}});
  for (const RequestChange& change : changes) {
    table.AddRow({change.field, change.before.empty() ? "(none)" : change.before,
                  change.after.empty() ? "(none)" : change.after});
  }
  return absl::StrCat("asked differently\n", table.Text(2));
}

nlohmann::ordered_json Rows(const std::vector<ComparedQuantity>& rows) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const ComparedQuantity& row : rows) {
    array.push_back(
        {{"name", row.name}, {"unit", row.unit}, {"before", row.before}, {"after", row.after}});
  }
  return array;
}

}  // namespace

std::string ComparisonText(const Comparison& comparison) {
  if (comparison.same_result) return "A and B are the same result, bit for bit\n";
  return absl::StrCat(
      comparison.request.empty() ? "asked the same\n" : RequestSection(comparison.request),
      Section("headline", comparison.headline),
      Section("time of the average rank, by cause", comparison.time),
      Section("memory of the fullest chip", comparison.memory, MemoryText),
      Section("bytes moved, on every link crossed", comparison.tiers), "what binds\n  A  ",
      comparison.bottleneck_before, "\n  B  ", comparison.bottleneck_after, "\n");
}

std::string ComparisonJson(const Comparison& comparison) {
  nlohmann::ordered_json request = nlohmann::ordered_json::array();
  for (const RequestChange& change : comparison.request) {
    request.push_back(
        {{"field", change.field}, {"before", change.before}, {"after", change.after}});
  }
  const nlohmann::ordered_json document = {{"same_result", comparison.same_result},
                                           {"request", request},
                                           {"headline", Rows(comparison.headline)},
                                           {"time", Rows(comparison.time)},
                                           {"memory", Rows(comparison.memory)},
                                           {"tiers", Rows(comparison.tiers)},
                                           {"bottleneck_before", comparison.bottleneck_before},
                                           {"bottleneck_after", comparison.bottleneck_after}};
  return document.dump(2) + "\n";
}

}  // namespace tessera
