// The figures of one SIMT chip in the form its formulas need: seconds, bytes and FLOPs a second.
#pragma once

#include <array>

#include "chips/chip_model.h"

namespace tessera {

struct SimtRates {
  double cores = 0;                                  // Those left for this kernel.
  std::array<double, kPrecisionCount> core_flops{};  // Matrix FLOP/s of one core; 0: no such unit.
  std::array<double, kPrecisionCount> clock{};       // Sustained over rated clock at saturation.
  double core_vector_flops = 0;                      // fp32 FLOP/s of one core.
  double core_special_functions = 0;                 // exp/s of one core.
  double read_bandwidth = 0;                         // Main memory, achieved, large transfers.
  double write_bandwidth = 0;
  double core_bandwidth = 0;  // One core's share at most.
  double cache_bytes = 0;     // Last-level cache.
  double cache_bandwidth = 0;
  double matrix_prologue = 0;
  double memory_operation = 0;
};

// A product's or pass's time on the chip, without launch.
struct KernelTime {
  double total = 0;
  double matrix = 0;
  double vector = 0;
  double memory = 0;
  double fixed = 0;
  double memory_bytes = 0;
};

KernelTime SimtGemm(const Operator& op, const SimtRates& rates);
KernelTime SimtAttention(const Operator& op, const SimtRates& rates);
KernelTime SimtVector(const Operator& op, const SimtRates& rates);

// The rate of a matrix unit that would do `ideal` seconds of work in `busy` seconds at the rated
// clock. Power grows with the share of time the unit works and with the cube of the clock, so under
// a power cap the clock falls as the cube root of that share; `saturated_clock` is what is left at
// full use.
double PowerLimitedTime(double ideal, double busy, double saturated_clock);

}  // namespace tessera
