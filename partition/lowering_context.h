// What every part of the lowering reads: one scenario, its completed plan, its chip and software.
#pragma once

#include <string>
#include <vector>

#include "chips/chip_model.h"
#include "configs/job_spec.h"
#include "partition/communication_estimate.h"
#include "partition/framework.h"
#include "partition/instruction_writer.h"
#include "partition/plan.h"
#include "workload/layer_operators.h"

namespace tessera {

struct LoweringContext {
  const ScenarioSpec& scenario;
  const PlanSpec& plan;  // Completed.
  const ChipModel& chip;
  const FrameworkFacts& facts;
  const RankMap& map;
  const CommunicationEstimate& estimate;
  const ParameterCounts& counts;
  LabelTable& labels;
  std::vector<std::vector<Bytes>>& matrices;
  std::vector<TokenExchange>& token_exchanges;
  std::vector<std::string>& assumptions;

  const ModelSpec& model() const { return scenario.model; }
  const PrecisionPlan& precision() const {
    const auto* training = std::get_if<TrainingJob>(&scenario.job);
    return training ? training->precision : std::get<InferenceJob>(scenario.job).precision;
  }
  InstructionWriter Writer() const { return InstructionWriter(map, labels); }
  // How kernels are issued in training, and in inference those of a prefill.
  LaunchMode Launch() const;
  // The work of operators; `share` of the chip's cores is theirs. Passes over memory take as many
  // bytes more as the software's kernels are less fused than the operators.
  absl::StatusOr<Work> Cost(absl::Span<const Operator> operators, double share = 1) const;
  // `operators` and the further launches of passes that the software cuts into several kernels.
  std::vector<Operator> Launched(absl::Span<const Operator> operators) const;
  // How much longer computation takes while a kernel holds `cores` of the chip; 1 if it has fewer.
  double StretchBeside(int cores) const;
};

}  // namespace tessera
