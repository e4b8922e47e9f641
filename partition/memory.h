// Memory of one rank by class of tensor. Every formula is per rank and in bytes.
#pragma once

#include "configs/job_spec.h"
#include "core/units.h"
#include "partition/framework.h"
#include "partition/partition.h"

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

// Of one rank of pipeline stage `stage`, capacity included.
MemoryUse MemoryOfStage(const ScenarioSpec& scenario, const PlanSpec& completed, int stage);

}  // namespace tessera
