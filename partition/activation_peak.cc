#include "partition/activation_peak.h"

#include <algorithm>

#include "partition/pipeline/execution.h"
#include "partition/pipeline/pipeline_order.h"

namespace tessera {
namespace {

bool Contains(const HeldLayers& outer, const HeldLayers& inner) {
  return outer[0] >= inner[0] && outer[1] >= inner[1];
}

void AddMaximal(const HeldLayers& held, std::vector<HeldLayers>& maximal) {
  const auto contains = [&](const HeldLayers& other) { return Contains(other, held); };
  if (std::any_of(maximal.begin(), maximal.end(), contains)) return;
  maximal.erase(std::remove_if(maximal.begin(), maximal.end(),
                               [&](const HeldLayers& other) { return Contains(held, other); }),
                maximal.end());
  maximal.push_back(held);
}

std::vector<HeldLayers> LayersByChunk(const ModelSpec& model, const ModelPartition& partition) {
  std::vector<HeldLayers> layers(static_cast<size_t>(partition.chunks()));
  for (int chunk = 0; chunk < partition.chunks(); ++chunk) {
    for (int l = partition.first_layer(chunk); l < partition.end_layer(chunk); ++l) {
      ++layers[static_cast<size_t>(chunk)][IsMoeLayer(model, l) ? 1 : 0];
    }
  }
  return layers;
}

}  // namespace

int64_t MicrobatchesForPeak(const PlanSpec& completed, int64_t microbatches) {
  if (completed.schedule == PipelineSchedule::kGpipe) return microbatches;
  return std::min<int64_t>(microbatches, int64_t{4} * completed.pipeline);
}

std::vector<std::vector<HeldLayers>> HeldAtPeak(const ModelSpec& model, const PlanSpec& completed,
                                                const ModelPartition& partition,
                                                int64_t microbatches) {
  const PipelineParams params{
      .stages = completed.pipeline,
      .microbatches = static_cast<int>(MicrobatchesForPeak(completed, microbatches)),
      .chunks_per_stage = completed.virtual_stages};
  const std::vector<HeldLayers> of_chunk = LayersByChunk(model, partition);
  std::vector<std::vector<HeldLayers>> stages;
  for (const std::vector<Pass>& passes : MakePipelineOrder(completed.schedule, params)) {
    std::vector<HeldLayers>& maximal = stages.emplace_back();
    HeldLayers held{};
    for (const Pass& pass : passes) {
      const HeldLayers& layers = of_chunk[static_cast<size_t>(pass.chunk)];
      const int sign = pass.kind == PassKind::kForward              ? 1
                       : FreesActivations(completed.schedule, pass) ? -1
                                                                    : 0;
      for (size_t kind = 0; kind < held.size(); ++kind) held[kind] += sign * layers[kind];
      if (sign > 0) AddMaximal(held, maximal);
    }
  }
  return stages;
}

double PeakBytes(const std::vector<HeldLayers>& held, const std::array<double, 2>& layer_bytes) {
  double peak = 0;
  for (const HeldLayers& layers : held) {
    peak = std::max(peak, layers[0] * layer_bytes[0] + layers[1] * layer_bytes[1]);
  }
  return peak;
}

}  // namespace tessera
