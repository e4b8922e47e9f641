// Chip models: pure functions from (operator, chip) to time, bytes and energy. One execution style
// is one file of code; a chip file chooses it.
#pragma once

#include <array>
#include <memory>

#include "absl/status/statusor.h"
#include "configs/chip_spec.h"
#include "core/units.h"
#include "workload/operator.h"

namespace tessera {

enum class Limiter : uint8_t { kMatrix, kVector, kMemory, kSram, kLatency, kLaunch };
const char* LimiterName(Limiter limiter);

// How kernels are issued: one by one from the host, replayed from a captured graph, or by single
// framework calls that the caller waits for.
enum class LaunchMode : uint8_t { kStream, kGraph, kFramework };

struct OperatorCost {
  Duration time{};         // Everything below combined, all `count` operators.
  Duration matrix_time{};  // The matrix unit alone, with quantisation and its efficiency.
  Duration vector_time{};
  Duration memory_time{};  // Main memory alone, at achieved bandwidth.
  Duration overhead{};     // Launch, ramp, prologue.
  Flops matrix_flops;
  Bytes memory_bytes;  // Crossing the main memory.
  Energy energy;       // Of this chip; 0 where its power is not known.
  Limiter limiter = Limiter::kLaunch;
};

struct ChipUse {
  LaunchMode launch = LaunchMode::kGraph;
  double compute_share = 1;  // Share of cores left (communication kernels take the rest).
  // Part of the chip that one rank has: of its cores, its memory bandwidth and its caches.
  double chip_share = 1;
  // Part of a job that loads the chip for minutes: the clock of its power and thermal steady state
  // instead of that of a short benchmark.
  bool sustained = false;

  double cores() const { return compute_share * chip_share; }  // Of all.
};

class ChipModel {
 public:
  virtual ~ChipModel() = default;
  virtual const ChipSpec& spec() const = 0;
  // Errors: a precision that the chip has no rate for; a figure that is unknown for this chip.
  virtual absl::StatusOr<OperatorCost> Cost(const Operator& op, const ChipUse& use) const = 0;
};

// Errors: a figure that the chip's execution style needs is unknown.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipModel(const ChipSpec& spec);

}  // namespace tessera
