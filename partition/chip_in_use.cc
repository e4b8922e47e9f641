#include "partition/chip_in_use.h"

#include "chips/memory_tiers.h"
#include "core/status_macros.h"
#include "partition/memory.h"

namespace tessera {
namespace {

// Weights and cache of the fullest chip.
absl::StatusOr<Bytes> Footprint(const ScenarioSpec& scenario) {
  if (!std::holds_alternative<InferenceJob>(scenario.job) || scenario.plan.tensor == 0) {
    return Bytes();
  }
  TESSERA_ASSIGN_OR_RETURN(const MemoryUse memory, MemoryOf(scenario, scenario.plan));
  const auto held = [&](TensorClass c) { return memory.by_class[static_cast<size_t>(c)]; };
  return (held(TensorClass::kWeights) + held(TensorClass::kKvCache)) *
         scenario.system.ranks_per_chip;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipInUse(const ScenarioSpec& scenario) {
  TESSERA_ASSIGN_OR_RETURN(const Bytes footprint, Footprint(scenario));
  return MakeChipModel(HoldingOrStreaming(scenario.system.chip, footprint));
}

}  // namespace tessera
