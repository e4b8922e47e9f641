// How a chip is built: for heat and the cost of its silicon. Part of a file of configs/chips.
#pragma once

#include <optional>
#include <string>

namespace tessera {

struct PackageSpec {
  std::string process;                   // "TSMC 4N"
  std::string style;                     // "2.5d_silicon_interposer_cowos"
  std::optional<double> die_area_mm2{};  // All dies together.
  int compute_dies = 0;                  // 0: not known.
};

}  // namespace tessera
