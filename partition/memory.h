// Memory of one rank by class of tensor. Every formula is per rank and in bytes.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "configs/job_spec.h"
#include "core/units.h"
#include "partition/activation_peak.h"
#include "partition/framework.h"
#include "partition/partition.h"
#include "partition/stage_parameters.h"

namespace tessera {

// Model states of one parameter: weight, gradient, optimizer, each over the ranks that share it.
// Source: ZeRO, arXiv 1910.02054; Megatron-LM's distributed optimizer (6 + 12/D); domain notes 2.4.
struct StateBytes {
  double weight = 0, gradient = 0, optimizer = 0;
  double total() const { return weight + gradient + optimizer; }
};
StateBytes StateBytesPerParameter(const FrameworkFacts& facts, int zero_stage, int shards);

// Cache of `tokens` tokens of one sequence on one rank that holds `layers` layers. Grouped-query
// heads split over tensor ranks and replicate past their number; the latent of MLA is whole on
// each; context ranks hold equal shares. Whole pages of 16 tokens.
Bytes KvCacheBytes(const ModelSpec& model, const PlanSpec& completed, Precision kv, int layers,
                   int64_t tokens);

// Memory of plans for one scenario. Keeps what plans have in common, so that a plan costs less than
// a microsecond once its division into stages is known.
class PlanMemory {
 public:
  // The scenario outlives this; its plan is not looked at.
  explicit PlanMemory(const ScenarioSpec& scenario);

  MemoryUse OfStage(const PlanSpec& completed, int stage);
  // Of the fullest rank; the first of equals.
  MemoryUse Fullest(const PlanSpec& completed);

 private:
  // What one stage holds.
  struct Stage {
    int stage = 0;
    double layer_parameters = 0;    // Of all its layers ...
    double largest_parameters = 0;  // ... and of the largest.
    RankParameters parameters;
    double ends = 0;  // Of these: embedding and output layer.
    int layers = 0;
    bool ends_sparse = false;  // Kind of its last layer.
    bool holds_output = false;
    double layer_gather = 0;  // Parameters of its first layer.
    std::vector<HeldLayers> held;

    bool HoldsAsMuchAs(const Stage& other) const;  // Of every class of tensor.
  };
  struct Division {
    std::vector<Stage> stages;
    std::vector<size_t> candidates;  // Stages that can be the fullest: no earlier one holds more.
  };
  const Division& DivisionOf(const PlanSpec& completed);
  MemoryUse Sum(const PlanSpec& completed, const Stage& stage) const;
  double LayerBytes(const PlanSpec& plan, bool sparse, Recompute recompute) const;
  void AddStates(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const;
  void AddTrainingActivations(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const;
  void AddInference(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const;
  void AddDraft(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const;
  void AddCommunication(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const;

  const ScenarioSpec& scenario_;
  const FrameworkFacts& facts_;
  std::map<std::array<int64_t, 7>, Division> divisions_;
};

// Of one rank of pipeline stage `stage`, capacity included.
MemoryUse MemoryOfStage(const ScenarioSpec& scenario, const PlanSpec& completed, int stage);

}  // namespace tessera
