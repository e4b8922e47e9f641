// Machines and jobs that several tests lower.
#pragma once

#include "configs/job_spec.h"
#include "tests/set_job.h"

namespace tessera {

// Switched nodes of 8 chips with 8 NICs: 100 GB/s inside, 10 GB/s a NIC.
inline SystemSpec TestSystem() {
  SystemSpec system;
  system.chip.name = "fake";
  system.chip.year = 2024;
  system.chip.core_count = 100;
  MemoryTierSpec memory;
  memory.capacity = Bytes::GiB(80);
  memory.bandwidth = Bandwidth::GigabytesPerSecond(1000);
  system.chip.memory.push_back(memory);
  system.chips_per_node = 8;
  system.scale_up = ScaleUpTopology::kSwitch;
  system.scale_up_bandwidth = Bandwidth::GigabytesPerSecond(100);
  ScaleOutSpec out;
  out.nic_bandwidth = Bandwidth::GigabytesPerSecond(10);
  out.nics_per_node = 8;
  system.scale_out = out;
  return system;
}

// GPT-3 175B with a padded vocabulary.
inline ModelSpec Gpt3() {
  ModelSpec model;
  model.name = "gpt3_175b";
  model.layers = 96;
  model.hidden = 12288;
  model.heads = model.kv_heads = 96;
  model.head_dim = 128;
  model.ffn = 49152;
  model.vocab = 51200;
  model.max_context = 2048;
  model.tied_embeddings = true;
  return model;
}

inline ScenarioSpec Gpt3Training(const PlanSpec& plan, int chips, int64_t global_batch) {
  ScenarioSpec scenario;
  scenario.system = TestSystem();
  scenario.chips = chips;
  scenario.model = Gpt3();
  const TrainingJob job{
      .sequence = 2048, .global_batch = global_batch, .precision = PrecisionPlan{}};
  SetJob(job, scenario);
  scenario.plan = plan;
  return scenario;
}

// A small sparse model: 8 experts, 2 a token.
inline ModelSpec SmallSparse() {
  ModelSpec model;
  model.name = "small_sparse";
  model.layers = 4;
  model.hidden = 1024;
  model.heads = 16;
  model.kv_heads = 4;
  model.head_dim = 64;
  model.ffn = 4096;
  model.gated_ffn = true;
  model.vocab = 32000;
  model.moe = MoeSpec{.experts = 8, .experts_per_token = 2, .expert_ffn = 2048, .moe_layers = 4};
  return model;
}

inline ScenarioSpec SparseInference(const PlanSpec& plan, int chips, int64_t batch) {
  ScenarioSpec scenario;
  scenario.system = TestSystem();
  scenario.chips = chips;
  scenario.model = SmallSparse();
  const InferenceJob job{.batch = batch,
                         .prompt_tokens = 128,
                         .output_tokens = 17,
                         .decode_only = false,
                         .precision = PrecisionPlan{}};
  SetJob(job, scenario);
  scenario.plan = plan;
  return scenario;
}

}  // namespace tessera
