// Where each tensor lives and which communication each layer issues, with bytes per tier.
//
// Bytes are what one member of a group sends: rings for reductions and gathers, direct exchange for
// all-to-all (domain notes 1.2). Whoever runs the plan may choose other algorithms.
#pragma once

#include <string>
#include <vector>

#include "configs/job_spec.h"
#include "partition/partition.h"

namespace tessera {

struct TierBytes {
  double scale_up = 0;
  double scale_out = 0;
};

struct StageTensors {
  int stage = 0;
  std::string layers{};          // "embedding 0-23 output".
  double dense_parameters = 0;   // On one rank.
  double expert_parameters = 0;  // Likewise.
  MemoryUse memory{};            // Of one rank, by class of tensor.
};

// Equal calls of the ranks of some stages.
struct StageCommunication {
  std::vector<int> stages{};
  std::string pass{};  // "layer forward", "gradient reduction", ...
  CollectiveOp op = CollectiveOp::kAllReduce;
  Axis axis = Axis::kTensor;
  int ranks = 1;               // Of a group.
  bool hidden = false;         // Runs beside computation.
  int64_t calls = 0;           // Of one rank, in the whole job.
  double calls_per_layer = 0;  // And micro-batch; 0: not issued layer by layer.
  Bytes bytes{};               // Of a call, as collective sizes are stated.
  TierBytes sent{};            // By one rank in all calls.
};

struct PlanExplanation {
  PlanSpec plan{};  // Completed.
  int ranks = 1;
  std::vector<StageTensors> tensors{};
  std::vector<StageCommunication> communication{};
};

// O(instructions of all programs).
PlanExplanation Explain(const ScenarioSpec& scenario, const LoweredJob& job);

// Three tables: the grid of ranks, the tensors of every stage, the communication.
std::string ExplanationText(const PlanExplanation& explanation);

}  // namespace tessera
