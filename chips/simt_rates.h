// The figures of one SIMT chip in the form its formulas need, and the times of its kernels.
#pragma once

#include <algorithm>
#include <array>

#include "chips/kernel_chip.h"

namespace tessera {

// Seconds, bytes, FLOPs; rates a second.
struct SimtRates {
  double cores = 0;                                  // Those left for this kernel.
  std::array<double, kPrecisionCount> core_flops{};  // Matrix unit of one core; 0: not supported.
  std::array<double, kPrecisionCount> clock{};  // Sustained over rated clock of a saturated unit.
  double core_vector_flops = 0;                 // fp32.
  double core_special_functions = 0;            // exp and the like.
  double read_bandwidth = 0;                    // Main memory, achieved, large transfers.
  double write_bandwidth = 0;
  double tile_read_bandwidth = 0;  // The same for operands of tiled products.
  double core_bandwidth = 0;       // Most that one core draws.
  double cache_bytes = 0;          // Last-level cache.
  double cache_bandwidth = 0;
  double cluster_cores = 1;   // Cores that share one read of the cache.
  double exposed_result = 0;  // Share of a result's writes that no other tile's products hide.
  double matrix_step = 0;
  double tile_overhead = 0;
  double matrix_prologue = 0;
  double memory_operation = 0;
  int64_t tile_columns_step = 64;
};

KernelTime SimtGemm(const Operator& op, const SimtRates& rates);
KernelTime SimtAttention(const Operator& op, const SimtRates& rates);
KernelTime SimtVector(const Operator& op, const SimtRates& rates);

// Under a power cap the clock falls with the share of time that the matrix unit works (power grows
// with that share and with the cube of the clock; linear around full use): `saturated` is the clock
// left at full use, over the rated one.
inline double PowerLimitedClock(double saturated, double busy_share) {
  return std::min(1.0, saturated * (4 - busy_share) / 3);
}

}  // namespace tessera
