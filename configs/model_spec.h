// The shape of a transformer, as a key of configs/models, a Hugging Face config.json or inline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/chip_spec.h"

namespace tessera {

// Multi-head latent attention (DeepSeek-V2/V3): keys and values are compressed to kv_lora_rank.
struct MlaSpec {
  int q_lora_rank = 0;  // 0: queries are not compressed.
  int kv_lora_rank = 0;
  int qk_nope_head_dim = 0;
  int qk_rope_head_dim = 0;
  int v_head_dim = 0;
};

struct MoeSpec {
  int experts = 0;  // Routed experts of one layer.
  int experts_per_token = 0;
  int expert_ffn = 0;
  int shared_experts = 0;
  int shared_expert_ffn = 0;  // Width of one shared expert.
  int moe_layers = 0;         // The last `moe_layers` layers unless moe_every > 1.
  int moe_every = 1;          // Every moe_every-th layer is sparse (Llama 4 Maverick: 2).
  int expert_groups = 1;
  int topk_groups = 1;
  bool router_bias = false;  // One more parameter per expert: balancing by bias (DeepSeek-V3).
};

struct ModelSpec {
  std::string name;
  int layers = 0;
  int hidden = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int ffn = 0;             // Dense layers.
  bool gated_ffn = false;  // SwiGLU: three matrices instead of two.
  int vocab = 0;
  int max_context = 0;
  bool tied_embeddings = false;
  bool learned_positions = false;  // GPT-2/3 style: max_context * hidden more parameters.
  bool parallel_attention =
      false;  // Attention and MLP share one norm and one all-reduce (GPT-J, PaLM, Falcon).
  int sliding_window = 0;  // 0: full attention.
  // Of sliding-window and chunked models: every n-th layer sees everything; 0: none does.
  int full_attention_every = 1;
  int attention_chunk = 0;  // Llama 4: the other layers see only their chunk of so many tokens.
  std::optional<MlaSpec> mla;
  std::optional<MoeSpec> moe;
  int mtp_layers = 0;
  double native_weight_bits = 16;  // Of the published checkpoint.
  Provenance provenance;
};

}  // namespace tessera
