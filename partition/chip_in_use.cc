#include "partition/chip_in_use.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chips/memory_tiers.h"
#include "chips/power.h"
#include "chips/sparse_chip.h"
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

absl::StatusOr<ChipSpec> ChipUnderCap(const ScenarioSpec& scenario) {
  const ChipSpec& chip = scenario.system.chip;
  if (!scenario.power_cap) return chip;
  if (!chip.tdp) {
    return absl::InvalidArgumentError(
        absl::StrCat("power_cap: the design power of chip \"", chip.name,
                     "\" is unknown; give system.chip.power.tdp, or no cap"));
  }
  const double least = LeastPowerCap(chip);
  if (scenario.power_cap->value() < least) {
    return absl::InvalidArgumentError(
        absl::StrCat("power_cap: ", scenario.power_cap->value(), " W a chip; accepted: from ",
                     least, " W (idle and a twentieth of the rest) to ", chip.tdp->value(), " W"));
  }
  return UnderPowerCap(chip, *scenario.power_cap);
}

absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipInUse(const ScenarioSpec& scenario) {
  TESSERA_ASSIGN_OR_RETURN(const Bytes footprint, Footprint(scenario));
  TESSERA_ASSIGN_OR_RETURN(const ChipSpec chip, ChipUnderCap(scenario));
  TESSERA_ASSIGN_OR_RETURN(std::unique_ptr<ChipModel> model,
                           MakeChipModel(HoldingOrStreaming(chip, footprint)));
  const SparsitySpec& zeros = scenario.generation.sparsity;
  if (!IsSparse(zeros)) return model;
  return MakeSparseChip(std::move(model), zeros);
}

}  // namespace tessera
