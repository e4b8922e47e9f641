#include "partition/stage_parameters.h"

#include <algorithm>

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

ModelPartition::ModelPartition(const ModelSpec& model, const PlanSpec& completed)
    : model_(model), plan_(completed), counts_(CountParameters(model)), first_layer_{0} {
  for (const int layers : LayersOfChunks(model, completed)) {
    first_layer_.push_back(first_layer_.back() + layers);
  }
  chunks_of_stage_.resize(static_cast<size_t>(completed.pipeline));
  const PipelineParams params{.stages = completed.pipeline,
                              .chunks_per_stage = completed.virtual_stages};
  for (int chunk = 0; chunk < chunks(); ++chunk) {
    for (const bool reverse : {false, true}) {
      if (reverse && completed.schedule != PipelineSchedule::kDualPipe) continue;
      const int stage =
          StageOfChunk(completed.schedule, params, {.chunk = chunk, .reverse = reverse});
      chunks_of_stage_[static_cast<size_t>(stage)].push_back(chunk);
    }
  }
}

RankParameters ModelPartition::OfLayer(int layer) const {
  const double t = plan_.tensor;
  if (!IsMoeLayer(model_, layer)) {
    return {.dense = (counts_.attention_layer + counts_.mlp_layer) / t, .expert = 0};
  }
  const double experts_held = static_cast<double>(model_.moe->experts) / plan_.expert;
  return {.dense = (counts_.attention_layer + counts_.router_layer) / t,
          .expert = experts_held * counts_.expert / plan_.expert_tensor};
}

RankParameters ModelPartition::OfEnds(int chunk) const {
  const double table = static_cast<double>(model_.vocab) * model_.hidden / plan_.tensor;
  RankParameters ends;
  if (chunk == 0) ends.dense += counts_.embedding / plan_.tensor;
  if (chunk != chunks() - 1) return ends;
  const bool shares_table = model_.tied_embeddings && chunk == 0;
  if (!shares_table) ends.dense += table;
  for (int i = 0; i < model_.mtp_layers; ++i) {
    ends += OfLayer(model_.layers - 1);
    ends.dense += 2.0 * model_.hidden * model_.hidden / plan_.tensor;
  }
  return ends;
}

RankParameters ModelPartition::OfChunk(int chunk) const {
  RankParameters sum = OfEnds(chunk);
  for (int layer = first_layer(chunk); layer < end_layer(chunk); ++layer) sum += OfLayer(layer);
  return sum;
}

RankParameters ModelPartition::OfStage(int stage) const {
  RankParameters sum;
  for (const int chunk : ChunksOf(stage)) sum += OfChunk(chunk);
  return sum;
}

double ModelPartition::TiedTable() const {
  if (!model_.tied_embeddings || plan_.pipeline == 1) return 0;
  return static_cast<double>(model_.vocab) * model_.hidden / plan_.tensor;
}

}  // namespace tessera
