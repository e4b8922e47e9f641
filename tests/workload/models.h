// Shapes that the tests of this room count by hand.
#pragma once

#include "configs/model_spec.h"

namespace tessera {

inline ModelSpec Llama70b() {
  ModelSpec m;
  m.name = "llama3p1_70b";
  m.layers = 80;
  m.hidden = 8192;
  m.heads = 64;
  m.kv_heads = 8;
  m.head_dim = 128;
  m.ffn = 28672;
  m.gated_ffn = true;
  m.vocab = 128256;
  m.max_context = 131072;
  return m;
}

// GPT-3 175B with the vocabulary that Megatron pads to.
inline ModelSpec Gpt3() {
  ModelSpec m;
  m.name = "gpt3_175b";
  m.layers = 96;
  m.hidden = 12288;
  m.heads = 96;
  m.kv_heads = 96;
  m.head_dim = 128;
  m.ffn = 4 * 12288;
  m.vocab = 51200;
  m.max_context = 2048;
  m.tied_embeddings = true;
  m.learned_positions = true;
  return m;
}

inline ModelSpec DeepSeekV3() {
  ModelSpec m;
  m.name = "deepseek_v3";
  m.layers = 61;
  m.hidden = 7168;
  m.heads = 128;
  m.kv_heads = 128;
  m.head_dim = 128;
  m.ffn = 18432;
  m.gated_ffn = true;
  m.vocab = 129280;
  m.max_context = 163840;
  m.mla = MlaSpec{.q_lora_rank = 1536,
                  .kv_lora_rank = 512,
                  .qk_nope_head_dim = 128,
                  .qk_rope_head_dim = 64,
                  .v_head_dim = 128};
  m.moe = MoeSpec{.experts = 256,
                  .experts_per_token = 8,
                  .expert_ffn = 2048,
                  .shared_experts = 1,
                  .shared_expert_ffn = 2048,
                  .moe_layers = 58,
                  .expert_groups = 8,
                  .topk_groups = 4,
                  .router_bias = true};
  return m;
}

}  // namespace tessera
