// One layer of a transformer on one chip, operator by operator: what limits each, and what fusion
// along the chain saves.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/model_spec.h"
#include "workload/layer_operators.h"

namespace tessera {

struct BreakdownRow {
  std::string name;
  double seconds = 0;
  double flops = 0;
  double memory_bytes = 0;
  double joules = 0;
  std::string limiter;
  // The result stays on the chip for the next operator.
  bool fused_with_next = false;
};

struct ChainTotal {
  double seconds = 0;
  double memory_bytes = 0;
  double joules = 0;
  std::string limiter;
};

struct ChipBreakdown {
  std::vector<BreakdownRow> rows;
  ChainTotal unfused;
  ChainTotal fused;
};

// Attention and dense MLP of one layer of `model`, this rank's share of them.
absl::StatusOr<ChipBreakdown> BreakdownOf(const ChipModel& chip, const ModelSpec& model,
                                          const ShardShape& shape);

}  // namespace tessera
