// config.json files with the facts of published models give the shapes of configs/models.
#include "configs/formats/hugging_face.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// Everything but name and source.
std::string Shape(const ModelSpec& m) {
  std::string shape = absl::StrCat(
      m.layers, " layers, ", m.hidden, " wide, ", m.heads, "/", m.kv_heads, " heads of ",
      m.head_dim, ", ffn ", m.ffn, m.gated_ffn ? " gated" : "", ", vocab ", m.vocab, ", context ",
      m.max_context, m.tied_embeddings ? ", tied" : "", m.learned_positions ? ", positions" : "",
      m.parallel_attention ? ", parallel" : "", ", window ", m.sliding_window, "/",
      m.full_attention_every, ", chunk ", m.attention_chunk, ", mtp ", m.mtp_layers);
  if (m.mla) {
    absl::StrAppend(&shape, ", mla ", m.mla->q_lora_rank, " ", m.mla->kv_lora_rank, " ",
                    m.mla->qk_nope_head_dim, " ", m.mla->qk_rope_head_dim, " ", m.mla->v_head_dim);
  }
  if (m.moe) {
    absl::StrAppend(&shape, ", moe ", m.moe->experts, " ", m.moe->experts_per_token, " ",
                    m.moe->expert_ffn, " ", m.moe->shared_experts, " ", m.moe->shared_expert_ffn,
                    " ", m.moe->moe_layers, " ", m.moe->moe_every, " ", m.moe->expert_groups, " ",
                    m.moe->topk_groups, m.moe->router_bias ? " biased" : "");
  }
  return shape;
}

struct Published {
  const char* model;  // In configs/models.
  const char* config;
  double native_weight_bits = 16;
};

class HuggingFaceTest : public testing::TestWithParam<Published> {};

TEST_P(HuggingFaceTest, GivesTheShapeOfThePublishedModel) {
  const auto read = ReadHuggingFaceConfig(GetParam().config, "some/model/config.json");
  ASSERT_THAT(read, IsOk());
  const auto known = Catalog("configs").LoadModel(GetParam().model);
  ASSERT_THAT(known, IsOk());
  EXPECT_EQ(Shape(*read), Shape(*known));
  EXPECT_NEAR(read->native_weight_bits, GetParam().native_weight_bits, 0.01);
  EXPECT_NEAR(read->native_weight_bits, known->native_weight_bits, 0.01);
  EXPECT_EQ(read->name, "model");
}

INSTANTIATE_TEST_SUITE_P(
    Models, HuggingFaceTest,
    testing::Values(
        Published{"llama3p1_70b", R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
          "hidden_size": 8192, "intermediate_size": 28672, "max_position_embeddings": 131072,
          "num_attention_heads": 64, "num_hidden_layers": 80, "num_key_value_heads": 8,
          "rope_scaling": {"factor": 8.0, "rope_type": "llama3"}, "tie_word_embeddings": false,
          "torch_dtype": "bfloat16", "vocab_size": 128256})"},
        Published{"llama2_7b", R"({"model_type":"llama","hidden_size":4096,
          "intermediate_size":11008,"max_position_embeddings":4096,"num_attention_heads":32,
          "num_hidden_layers":32,"vocab_size":32000})"},
        Published{"mistral_7b", R"({"model_type": "mistral", "hidden_size": 4096,
          "intermediate_size": 14336, "max_position_embeddings": 32768, "num_attention_heads": 32,
          "num_hidden_layers": 32, "num_key_value_heads": 8, "sliding_window": 4096,
          "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 32000})"},
        Published{"mixtral_8x7b", R"({"model_type": "mixtral", "hidden_size": 4096,
          "intermediate_size": 14336, "max_position_embeddings": 32768, "num_attention_heads": 32,
          "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8,
          "num_local_experts": 8, "sliding_window": null, "vocab_size": 32000})"},
        Published{"qwen2p5_72b", R"({"model_type": "qwen2", "hidden_size": 8192,
          "intermediate_size": 29568, "max_position_embeddings": 131072, "max_window_layers": 80,
          "num_attention_heads": 64, "num_hidden_layers": 80, "num_key_value_heads": 8,
          "sliding_window": 131072, "use_sliding_window": false, "tie_word_embeddings": false,
          "vocab_size": 152064})"},
        Published{"qwen3_32b", R"({"model_type": "qwen3", "head_dim": 128, "hidden_size": 5120,
          "intermediate_size": 25600, "max_position_embeddings": 40960, "num_attention_heads": 64,
          "num_hidden_layers": 64, "num_key_value_heads": 8, "sliding_window": null,
          "tie_word_embeddings": false, "use_sliding_window": false, "vocab_size": 151936})"},
        Published{"qwen3_235b_a22b", R"({"model_type": "qwen3_moe", "decoder_sparse_step": 1,
          "head_dim": 128, "hidden_size": 4096, "intermediate_size": 12288,
          "max_position_embeddings": 40960, "mlp_only_layers": [], "moe_intermediate_size": 1536,
          "num_attention_heads": 64, "num_experts": 128, "num_experts_per_tok": 8,
          "num_hidden_layers": 94, "num_key_value_heads": 4, "sliding_window": null,
          "tie_word_embeddings": false, "vocab_size": 151936})"},
        Published{"deepseek_v3_r1_671b", R"({"model_type": "deepseek_v3",
          "first_k_dense_replace": 3, "hidden_size": 7168, "intermediate_size": 18432,
          "kv_lora_rank": 512, "max_position_embeddings": 163840, "moe_intermediate_size": 2048,
          "moe_layer_freq": 1, "n_group": 8, "n_routed_experts": 256, "n_shared_experts": 1,
          "num_attention_heads": 128, "num_experts_per_tok": 8, "num_hidden_layers": 61,
          "num_key_value_heads": 128, "num_nextn_predict_layers": 1, "q_lora_rank": 1536,
          "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "scoring_func": "sigmoid",
          "quantization_config": {"fmt": "e4m3", "quant_method": "fp8",
          "weight_block_size": [128, 128]}, "tie_word_embeddings": false, "topk_group": 4,
          "topk_method": "noaux_tc", "v_head_dim": 128, "vocab_size": 129280})",
                  8},
        Published{"kimi_k2_1t", R"({"architectures": ["DeepseekV3ForCausalLM"],
          "model_type": "kimi_k2", "first_k_dense_replace": 1, "hidden_size": 7168,
          "intermediate_size": 18432, "kv_lora_rank": 512, "max_position_embeddings": 131072,
          "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_group": 1,
          "n_routed_experts": 384, "n_shared_experts": 1, "num_attention_heads": 64,
          "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 64,
          "num_nextn_predict_layers": 0, "q_lora_rank": 1536, "qk_nope_head_dim": 128,
          "qk_rope_head_dim": 64, "quantization_config": {"quant_method": "fp8"},
          "topk_group": 1, "topk_method": "noaux_tc", "v_head_dim": 128, "vocab_size": 163840})",
                  8},
        Published{"gpt_oss_20b", R"({"model_type": "gpt_oss", "head_dim": 64, "hidden_size": 2880,
          "intermediate_size": 2880, "layer_types": ["sliding_attention", "full_attention",
          "sliding_attention", "full_attention"], "max_position_embeddings": 131072,
          "num_attention_heads": 64, "num_experts_per_tok": 4, "num_hidden_layers": 24,
          "num_key_value_heads": 8, "num_local_experts": 32, "sliding_window": 128,
          "quantization_config": {"quant_method": "mxfp4"}, "vocab_size": 201088})",
                  5.26},
        Published{"llama4_maverick_17b_128e", R"({"architectures":
          ["Llama4ForConditionalGeneration"], "model_type": "llama4", "text_config": {
          "model_type": "llama4_text", "attention_chunk_size": 8192, "head_dim": 128,
          "hidden_size": 5120, "interleave_moe_layer_step": 2, "intermediate_size": 8192,
          "intermediate_size_mlp": 16384, "max_position_embeddings": 1048576,
          "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48,
          "num_key_value_heads": 8, "num_local_experts": 128, "vocab_size": 202048},
          "torch_dtype": "bfloat16"})"},
        Published{"gemma3_12b", R"({"model_type": "gemma3", "text_config": {
          "model_type": "gemma3_text", "head_dim": 256, "hidden_size": 3840,
          "intermediate_size": 15360, "max_position_embeddings": 131072,
          "num_attention_heads": 16, "num_hidden_layers": 48, "num_key_value_heads": 8,
          "sliding_window": 1024, "sliding_window_pattern": 6, "vocab_size": 262144}})"},
        Published{"gptj_6b", R"({"model_type": "gptj", "n_embd": 4096, "n_head": 16,
          "n_inner": null, "n_layer": 28, "n_positions": 2048, "rotary_dim": 64,
          "tie_word_embeddings": false, "vocab_size": 50400})"},
        Published{"gpt_neox_20b", R"({"model_type": "gpt_neox", "hidden_size": 6144,
          "intermediate_size": 24576, "max_position_embeddings": 2048, "num_attention_heads": 64,
          "num_hidden_layers": 44, "tie_word_embeddings": false, "torch_dtype": "float16",
          "vocab_size": 50432})"},
        Published{"bloom_176b", R"({"model_type": "bloom", "n_embed": 14336, "n_layer": 70,
          "num_attention_heads": 112, "seq_length": 2048, "vocab_size": 250880})"},
        Published{"falcon_40b", R"({"model_type": "falcon", "hidden_size": 8192,
          "new_decoder_architecture": true, "num_attention_heads": 128, "num_hidden_layers": 60,
          "num_kv_heads": 8, "max_position_embeddings": 2048, "vocab_size": 65024})"},
        Published{"falcon_7b", R"({"model_type": "falcon", "hidden_size": 4544,
          "multi_query": true, "num_attention_heads": 71, "num_hidden_layers": 32,
          "max_position_embeddings": 2048, "tie_word_embeddings": false,
          "vocab_size": 65024})"}),
    [](const auto& test) { return std::string(test.param.model); });

TEST(HuggingFaceFamiliesTest, Gpt2HasLearnedPositionsAndTiesItsEmbeddings) {
  const auto model = ReadHuggingFaceConfig(
      R"({"model_type": "gpt2", "n_ctx": 1024, "n_embd": 1600, "n_head": 25, "n_layer": 48,
          "n_positions": 1024, "vocab_size": 50257})",
      "gpt2-xl.json");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(Shape(*model),
            "48 layers, 1600 wide, 25/25 heads of 64, ffn 6400, vocab 50257, context 1024, tied, "
            "positions, window 0/1, chunk 0, mtp 0");
  EXPECT_EQ(model->name, "gpt2-xl");
}

TEST(HuggingFaceFamiliesTest, QwenMoeHasOneSharedExpertAndSparseLayersByStep) {
  const auto model = ReadHuggingFaceConfig(
      R"({"model_type": "qwen2_moe", "hidden_size": 2048, "intermediate_size": 5632,
          "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632,
          "num_attention_heads": 16, "num_hidden_layers": 24, "num_experts": 60,
          "num_experts_per_tok": 4, "decoder_sparse_step": 2, "vocab_size": 151936})",
      "m.json");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(Shape(*model),
            "24 layers, 2048 wide, 16/16 heads of 128, ffn 5632 gated, vocab 151936, context 0, "
            "window 0/1, chunk 0, mtp 0, moe 60 4 1408 1 5632 12 2 1 1");
}

struct Malformed {
  const char* name;
  const char* config;
  const char* message;
};

class HuggingFaceFaultTest : public testing::TestWithParam<Malformed> {};

TEST_P(HuggingFaceFaultTest, IsReportedWithItsPlace) {
  EXPECT_THAT(ReadHuggingFaceConfig(GetParam().config, "c.json"), FailsWith(GetParam().message));
}

#define DENSE                                                                          \
  "\"model_type\": \"llama\",\n\"num_hidden_layers\": 2, \"num_attention_heads\": 4, " \
  "\"intermediate_size\": 64, \"vocab_size\": 100"

INSTANTIATE_TEST_SUITE_P(
    Faults, HuggingFaceFaultTest,
    testing::Values(
        Malformed{"empty", "", "c.json:1:1: found null; accepted: a JSON object"},
        Malformed{"list", "[1, 2]", "c.json:1:1: found a list; accepted: a JSON object"},
        Malformed{"truncated", "{\"model_type\": \"llama\", \"hidden_size\": 4096",
                  "c.json:1:1: not YAML: end of map flow not found"},
        Malformed{"misspelt_family", "{\"model_type\": \"lama\"}",
                  "c.json:1:16: unknown model_type \"lama\"; did you mean \"llama\"? accepted: "
                  "llama, mistral, mixtral, qwen2, qwen2_moe, qwen3, qwen3_moe, phi3, gemma, "
                  "gemma2, gemma3, gemma3_text, llama4, llama4_text, deepseek_v2, deepseek_v3, "
                  "kimi_k2, gpt_oss, gpt2, gptj, gpt_neox, bloom, falcon"},
        Malformed{"missing_width", "{" DENSE "}",
                  "c.json:1:1: no \"hidden_size\"; accepted: a whole number above 0"},
        Malformed{"text_for_number", "{" DENSE ",\n\"hidden_size\": \"wide\"}",
                  "c.json:3:16: hidden_size: found \"wide\"; accepted: a whole number from 1 to "
                  "134217728"},
        Malformed{"negative", "{" DENSE ",\n\"hidden_size\": -64}",
                  "c.json:3:16: hidden_size: found -64; accepted: a whole number from 1 to "
                  "134217728"},
        Malformed{"fraction", "{" DENSE ",\n\"hidden_size\": 64.5}",
                  "c.json:3:16: hidden_size: found 64.5; accepted: a whole number from 1 to "
                  "134217728"},
        Malformed{"overflow", "{" DENSE ",\n\"hidden_size\": 99999999999999999999}",
                  "c.json:3:16: hidden_size: found 99999999999999999999; accepted: a whole number "
                  "from 1 to 134217728"},
        Malformed{"text_for_bool", "{" DENSE ", \"hidden_size\": 64,\n\"tie_word_embeddings\": 1}",
                  "c.json:3:24: tie_word_embeddings: found 1; accepted: true or false"},
        Malformed{"twice", "{" DENSE ",\n\"vocab_size\": 100}",
                  "c.json:3:1: key \"vocab_size\" stands twice; the first is in line 2"},
        Malformed{"heads_do_not_divide",
                  "{" DENSE ", \"hidden_size\": 64, \"num_key_value_heads\": 3}",
                  "c.json:1:1: kv_heads 3 does not divide heads 4"},
        Malformed{"no_kv_heads", "{" DENSE ", \"hidden_size\": 64, \"num_key_value_heads\": 0}",
                  "c.json:1:1: kv_heads 0; accepted: a divisor of heads"},
        Malformed{"width_does_not_divide", "{" DENSE ", \"hidden_size\": 63}",
                  "c.json:1:1: no head_dim, and heads 4 does not divide hidden 63"},
        Malformed{"more_experts_per_token_than_experts",
                  "{\"model_type\": \"mixtral\", \"num_hidden_layers\": 2, "
                  "\"num_attention_heads\": 4, \"intermediate_size\": 64, \"vocab_size\": 100, "
                  "\"hidden_size\": 64, \"num_local_experts\": 2, \"num_experts_per_tok\": 3}",
                  "c.json:1:1: experts_per_token 3 exceeds experts 2"},
        Malformed{
            "no_expert_groups",
            "{\"model_type\": \"deepseek_v3\", \"first_k_dense_replace\": 1, \"hidden_size\": "
            "64, \"intermediate_size\": 128, \"kv_lora_rank\": 16, \"moe_intermediate_size\": "
            "32, \"moe_layer_freq\": 1, \"n_group\": 0, \"n_routed_experts\": 8, "
            "\"n_shared_experts\": 1, \"num_attention_heads\": 4, \"num_experts_per_tok\": "
            "2, \"num_hidden_layers\": 4, \"q_lora_rank\": null, \"qk_nope_head_dim\": 8, "
            "\"qk_rope_head_dim\": 4, \"v_head_dim\": 8, \"vocab_size\": 100}",
            "c.json:1:1: expert_groups 0, topk_groups 1; accepted: at least 1 each"},
        Malformed{"dense_layers_in_the_middle",
                  "{\"model_type\": \"qwen3_moe\", \"num_hidden_layers\": 4, \"hidden_size\": 64,\n"
                  "\"num_attention_heads\": 4, \"intermediate_size\": 64, \"vocab_size\": 100,\n"
                  "\"num_experts\": 8, \"num_experts_per_tok\": 2, \"moe_intermediate_size\": 64,\n"
                  "\"mlp_only_layers\": [0, 2]}",
                  "c.json:4:20: mlp_only_layers: entry 1 is 2; accepted: the first layers, 0, 1, "
                  "... in order"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tessera
