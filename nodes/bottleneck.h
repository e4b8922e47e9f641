// Names what limits a run, from the shares of its time.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "configs/system_spec.h"
#include "core/units.h"
#include "nodes/simulation.h"

namespace tessera {

// What the computations of one class on the average rank amount to.
struct ComputeWork {
  double matrix_flops = 0;
  double memory_bytes = 0;
  Duration planned{};  // Time that it takes.
};

using CrossedTiers = std::array<bool, kTierCount>;

struct BottleneckInput {
  Duration makespan{};
  const TimeBreakdown& breakdown;
  const std::vector<TierSummary>& tiers;
  const std::vector<CollectiveSummary>& collectives;
  std::array<ComputeWork, kOperatorClassCount> work{};
  // That the groups along each axis cross; none: no group talks.
  std::array<CrossedTiers, kAxisCount> tiers_of_axis{};
  double peak_flops_per_second = 0;  // Of one rank; 0: unknown.
  double memory_bytes_per_second = 0;
  bool interrupted = false;  // Of the work as much has been done as of its time.
};

// What limits one class of computations: whichever of the matrix units and the main memory its work
// keeps busier, fixed costs where neither reaches a quarter, the host where the time holds no work,
// the link to the host's memory where it waits for offloaded tensors.
enum class ComputeLimit : uint8_t { kMatrix, kMemory, kFixedCosts, kHost, kHostLink };
inline constexpr int kComputeLimitCount = 5;
ComputeLimit LimitOf(OperatorClass category, const ComputeWork& work, Duration time,
                     const BottleneckInput& input);

// Average work of one rank by class.
std::array<ComputeWork, kOperatorClassCount> WorkOf(const ProgramSet& programs);

// A sentence that names the largest cause with its share of the time, and the next one where it
// takes at least a tenth.
std::string NameBottleneck(const BottleneckInput& input);

}  // namespace tessera
