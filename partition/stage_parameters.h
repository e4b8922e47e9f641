// Parameters that one rank holds.
#pragma once

#include <vector>

#include "configs/model_spec.h"
#include "partition/plan.h"
#include "workload/layer_operators.h"

namespace tessera {

// Dense ones are replicated over data and context ranks, experts over expert-data ranks.
struct RankParameters {
  double dense = 0;
  double expert = 0;

  double total() const { return dense + expert; }
  RankParameters& operator+=(const RankParameters& other) {
    dense += other.dense;
    expert += other.expert;
    return *this;
  }
};

// Which chunk holds which layers, and what of the model's ends.
class ModelPartition {
 public:
  ModelPartition(const ModelSpec& model, const PlanSpec& completed);

  int chunks() const { return static_cast<int>(first_layer_.size()) - 1; }
  int first_layer(int chunk) const { return first_layer_[static_cast<size_t>(chunk)]; }
  int end_layer(int chunk) const { return first_layer_[static_cast<size_t>(chunk) + 1]; }
  // Chunks that a stage stores, along the model. DualPipe: its own and the mirrored one.
  const std::vector<int>& ChunksOf(int stage) const {
    return chunks_of_stage_[static_cast<size_t>(stage)];
  }

  RankParameters OfLayer(int layer) const;
  // Input embedding on the first chunk; output layer, and multi-token prediction, on the last. A
  // tied output layer is a copy of the table unless both ends are one chunk.
  RankParameters OfEnds(int chunk) const;
  RankParameters OfChunk(int chunk) const;
  RankParameters OfStage(int stage) const;
  // Of the input table, where a tied copy lies on another stage; else 0.
  double TiedTable() const;

 private:
  const ModelSpec& model_;
  PlanSpec plan_;
  ParameterCounts counts_;
  std::vector<int> first_layer_;
  std::vector<std::vector<int>> chunks_of_stage_;
};

}  // namespace tessera
