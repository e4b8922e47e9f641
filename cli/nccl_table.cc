#include "cli/nccl_table.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tessera {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 6> kTypes = {{{"fp32", "float"},
                                                                        {"fp16", "half"},
                                                                        {"bf16", "bfloat16"},
                                                                        {"fp64", "double"},
                                                                        {"fp8", "fp8_e4m3"},
                                                                        {"int8", "int8"}}};

bool Reduces(CollectiveOp op) {
  return op == CollectiveOp::kAllReduce || op == CollectiveOp::kReduceScatter ||
         op == CollectiveOp::kReduce;
}

bool HasRoot(CollectiveOp op) {
  return op == CollectiveOp::kBroadcast || op == CollectiveOp::kReduce ||
         op == CollectiveOp::kGather || op == CollectiveOp::kScatter;
}

std::string TimeText(Duration time) {
  const double us = ToSeconds(time) * 1e6;
  return us >= 10000 ? absl::StrFormat("%7.0f", us)
         : us >= 100 ? absl::StrFormat("%7.1f", us)
                     : absl::StrFormat("%7.2f", us);
}

}  // namespace

std::string NcclTypeName(absl::string_view precision) {
  for (const auto& [name, type] : kTypes) {
    if (precision == name) return type;
  }
  return std::string(precision);
}

std::string PrecisionOfNcclType(absl::string_view type) {
  for (const auto& [name, known] : kTypes) {
    if (type == known) return name;
  }
  return std::string(type);
}

std::string NcclTable(const CollectiveTable& table, CollectiveOp op, absl::string_view precision) {
  std::string text = absl::StrFormat(
      "#\n#%11s  %12s  %8s  %6s  %6s  %7s  %6s  %6s  algorithm\n#%11s  %12s  %8s  %6s  %6s  %7s  "
      "%6s  %6s\n",
      "size", "count", "type", "redop", "root", "time", "algbw", "busbw", "(B)", "(elements)", "",
      "", "", "(us)", "(GB/s)", "(GB/s)");
  double sum = 0;
  for (const CollectiveRow& row : table.rows) {
    absl::StrAppendFormat(&text, "%12d  %12d  %8s  %6s  %6d  %s  %6.2f  %6.2f  %s%s\n",
                          row.bytes.count(), row.count, NcclTypeName(precision),
                          Reduces(op) ? "sum" : "none", HasRoot(op) ? 0 : -1, TimeText(row.time),
                          row.algorithm_bandwidth / 1e9, row.bus_bandwidth / 1e9,
                          row.candidates[0].Name(), row.simulated ? "" : " (closed form)");
    sum += row.bus_bandwidth / 1e9;
  }
  if (!table.rows.empty()) {
    absl::StrAppendFormat(&text, "# Avg bus bandwidth    : %g\n",
                          sum / static_cast<double>(table.rows.size()));
  }
  return text;
}

}  // namespace tessera
