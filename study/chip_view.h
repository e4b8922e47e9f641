// What `tessera chip` shows of a description: peaks and the intensities at which each meets the
// main memory's bandwidth, memory tiers, links, and what is not known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/chip_spec.h"

namespace tessera {

struct PeakView {
  std::string precision;
  double flops_per_s = 0;
  std::optional<double> sparse_flops_per_s;
  // FLOPs a byte of each of ChipView::ridge_tiers above which the matrix unit limits (roofline); by
  // peak bandwidth.
  std::vector<double> ridges;
};

struct MemoryView {
  std::string name;
  int64_t capacity_bytes = 0;
  std::optional<int64_t> bytes_per_s;
  std::optional<double> achieved_fraction;
  std::optional<double> latency_s;
};

struct ChipView {
  std::vector<PeakView> peaks;
  std::vector<std::string> ridge_tiers;  // Memories whose bandwidth is known, main memory last.
  std::vector<MemoryView> memories;      // On chip first, then main memory and behind it.
  std::vector<std::string> unknown;      // Figures that the description lacks.
  std::vector<std::string> estimates;    // Blocks that rest on estimates.
};

ChipView ViewChip(const ChipSpec& chip);

}  // namespace tessera
