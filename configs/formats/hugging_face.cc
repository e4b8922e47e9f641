#include "configs/formats/hugging_face.h"

#include <filesystem>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/closest_name.h"
#include "configs/formats/hugging_face_sparse.h"
#include "configs/formats/json_fields.h"
#include "configs/model.pb.h"
#include "configs/positions.h"
#include "configs/spec_from_schema.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Which keys a family's shape is written in.
enum class Dialect { kLlama, kGpt2, kBloom, kFalcon };

struct Family {
  const char* model_type;
  Dialect dialect;
  bool gated;  // The feed-forward block has a gate.
  bool tied;   // Default of tie_word_embeddings.
  SparseLayers sparse = SparseLayers::kNone;
};

constexpr Family kFamilies[] = {
    {"llama", Dialect::kLlama, true, false},
    {"mistral", Dialect::kLlama, true, false},
    {"mixtral", Dialect::kLlama, true, false, SparseLayers::kMixtral},
    {"qwen2", Dialect::kLlama, true, false},
    {"qwen2_moe", Dialect::kLlama, true, false, SparseLayers::kQwen},
    {"qwen3", Dialect::kLlama, true, false},
    {"qwen3_moe", Dialect::kLlama, true, false, SparseLayers::kQwen},
    {"phi3", Dialect::kLlama, true, false},
    {"gemma", Dialect::kLlama, true, true},
    {"gemma2", Dialect::kLlama, true, true},
    {"gemma3", Dialect::kLlama, true, true},
    {"gemma3_text", Dialect::kLlama, true, true},
    {"llama4", Dialect::kLlama, true, false, SparseLayers::kLlama4},
    {"llama4_text", Dialect::kLlama, true, false, SparseLayers::kLlama4},
    {"deepseek_v2", Dialect::kLlama, true, false, SparseLayers::kDeepSeek},
    {"deepseek_v3", Dialect::kLlama, true, false, SparseLayers::kDeepSeek},
    {"kimi_k2", Dialect::kLlama, true, false, SparseLayers::kDeepSeek},
    {"gpt_oss", Dialect::kLlama, true, false, SparseLayers::kMixtral},
    {"gpt2", Dialect::kGpt2, false, true},
    {"gptj", Dialect::kGpt2, false, false},
    {"gpt_neox", Dialect::kLlama, false, false},
    {"bloom", Dialect::kBloom, false, true},
    {"falcon", Dialect::kFalcon, false, true},
};

const Family* FindFamily(absl::string_view model_type) {
  for (const Family& family : kFamilies) {
    if (model_type == family.model_type) return &family;
  }
  return nullptr;
}

absl::Status UnknownFamily(const YamlValue& root, const std::string& file,
                           const std::string& model_type) {
  std::vector<std::string> known;
  for (const Family& family : kFamilies) known.emplace_back(family.model_type);
  const YamlValue* at = root.Find("model_type");
  return YamlError(
      file, at == nullptr ? root : *at,
      absl::StrCat(model_type.empty() ? std::string("no \"model_type\"")
                                      : absl::StrCat("unknown model_type \"", model_type, "\""),
                   "; ", AcceptedNames(model_type, known, known.size())));
}

void ReadLlamaShape(JsonFields& fields, schema::Model& model) {
  model.set_layers(fields.Count("num_hidden_layers"));
  model.set_hidden(fields.Count("hidden_size"));
  model.set_heads(fields.Count("num_attention_heads"));
  model.set_kv_heads(fields.CountOr("num_key_value_heads", model.heads()));
  if (fields.Has("head_dim")) model.set_head_dim(fields.Count("head_dim"));
  if (fields.Has("max_position_embeddings")) {
    model.set_max_context(fields.Count("max_position_embeddings"));
  }
}

// n_inner: null is four times the width.
void ReadGpt2Shape(JsonFields& fields, schema::Model& model) {
  model.set_layers(fields.Count("n_layer"));
  model.set_hidden(fields.Count("n_embd"));
  model.set_heads(fields.Count("n_head"));
  model.set_ffn(fields.CountOr("n_inner", 4 * model.hidden()));
  model.set_max_context(fields.Count("n_positions|n_ctx"));
}

void ReadBloomShape(JsonFields& fields, schema::Model& model) {
  model.set_layers(fields.Count("n_layer|num_hidden_layers"));
  model.set_hidden(fields.Count("hidden_size|n_embed"));
  model.set_heads(fields.Count("n_head|num_attention_heads"));
  model.set_ffn(4 * model.hidden());
  if (fields.Has("seq_length")) model.set_max_context(fields.Count("seq_length"));
}

// One key/value head for all (multi_query) in the first architecture, num_kv_heads in the second.
void ReadFalconShape(JsonFields& fields, schema::Model& model) {
  model.set_layers(fields.Count("num_hidden_layers|n_layer"));
  model.set_hidden(fields.Count("hidden_size"));
  model.set_heads(fields.Count("num_attention_heads|n_head"));
  const bool grouped = fields.BoolOr("new_decoder_architecture", false);
  const int first_architecture = fields.BoolOr("multi_query", true) ? 1 : model.heads();
  model.set_kv_heads(grouped ? fields.CountOr("num_kv_heads|n_head_kv", model.heads())
                             : first_architecture);
  model.set_ffn(fields.CountOr("ffn_hidden_size", 4 * model.hidden()));
  model.set_parallel_attention(grouped || fields.BoolOr("parallel_attn", true));
  if (fields.Has("max_position_embeddings")) {
    model.set_max_context(fields.Count("max_position_embeddings"));
  }
}

void ReadShape(const Family& family, JsonFields& fields, schema::Model& model) {
  switch (family.dialect) {
    case Dialect::kLlama:
      return ReadLlamaShape(fields, model);
    case Dialect::kGpt2:
      return ReadGpt2Shape(fields, model);
    case Dialect::kBloom:
      return ReadBloomShape(fields, model);
    case Dialect::kFalcon:
      return ReadFalconShape(fields, model);
  }
}

void ReadLatentAttention(JsonFields& fields, schema::Model& model) {
  if (!fields.Has("kv_lora_rank")) return;
  schema::Mla& mla = *model.mutable_mla();
  mla.set_q_lora_rank(fields.CountOr("q_lora_rank", 0));
  mla.set_kv_lora_rank(fields.Count("kv_lora_rank"));
  mla.set_qk_nope_head_dim(fields.Count("qk_nope_head_dim"));
  mla.set_qk_rope_head_dim(fields.Count("qk_rope_head_dim"));
  mla.set_v_head_dim(fields.Count("v_head_dim"));
  model.set_head_dim(mla.qk_nope_head_dim() + mla.qk_rope_head_dim());
}

// The distance of layers that see everything, from the list of all layers: 0 if none does.
int FullAttentionEvery(const YamlValue& layer_types) {
  int first = 0;
  for (size_t i = 0; i < layer_types.items.size() && first == 0; ++i) {
    if (layer_types.items[i].scalar == "full_attention") first = static_cast<int>(i) + 1;
  }
  return first;
}

void ReadWindow(const std::string& model_type, JsonFields& fields, schema::Model& model) {
  const bool qwen = absl::StartsWith(model_type, "qwen");
  if (!fields.Has("sliding_window") || (qwen && !fields.BoolOr("use_sliding_window", false)))
    return;
  int every = 0;
  if (const YamlValue* types = fields.Member("layer_types"); types != nullptr) {
    every = FullAttentionEvery(*types);
  } else if (model_type == "gemma2") {
    every = 2;
  } else {
    every =
        fields.CountOr("sliding_window_pattern", absl::StartsWith(model_type, "gemma3") ? 6 : 0);
  }
  if (every == 1) return;
  model.set_sliding_window(fields.Count("sliding_window"));
  model.set_full_attention_every(every);
}

// Parallel residuals, learned positions, chunked attention: what only single families have.
void ReadPeculiarities(const std::string& model_type, JsonFields& fields, schema::Model& model) {
  if (model_type == "gptj") model.set_parallel_attention(true);
  if (model_type == "gpt_neox") {
    model.set_parallel_attention(fields.BoolOr("use_parallel_residual", true));
  }
  if (model_type == "gpt2") model.set_learned_positions(true);
  if (model_type == "qwen2" || model_type == "qwen2_moe") model.set_qkv_bias(true);
  if (absl::StartsWith(model_type, "qwen3")) model.set_qk_norm(true);
  if (model_type == "gpt_oss") model.set_attention_sinks(true);
  if (absl::StartsWith(model_type, "llama4") && fields.Has("attention_chunk_size")) {
    model.set_attention_chunk(fields.Count("attention_chunk_size"));
    model.set_full_attention_every(fields.CountOr("no_rope_layer_interval", 4));
  }
}

// Widths of what is not sparse.
void ReadDenseWidth(const Family& family, JsonFields& fields, schema::Model& model) {
  if (model.has_ffn() || (model.has_moe() && model.moe().moe_layers() == model.layers())) return;
  const bool llama4 = family.sparse == SparseLayers::kLlama4;
  model.set_ffn(fields.Count(llama4 ? "intermediate_size_mlp" : "intermediate_size"));
}

int BitsOfType(absl::string_view dtype) {
  if (absl::StrContains(dtype, "float32")) return 32;
  return absl::StrContains(dtype, "float8") ? 8 : 16;
}

// Of the published weights. MXFP4 is for experts only (4.25 bits with scales, OCP MX 1.0).
double NativeBits(JsonFields& fields, const schema::Model& model) {
  const YamlValue* quantised = fields.Member("quantization_config");
  if (quantised == nullptr) return BitsOfType(fields.TextOr("torch_dtype|dtype", "bfloat16"));
  const YamlValue* method = quantised->Find("quant_method");
  if (method != nullptr && method->scalar == "fp8") return 8;
  if (method != nullptr && method->scalar == "mxfp4") return MeanBits(model, 4.25, 16);
  const YamlValue* bits = quantised->Find("bits");
  int whole = 0;
  const bool has_bits = bits != nullptr && absl::SimpleAtoi(bits->scalar, &whole);
  return has_bits && whole >= 1 && whole <= 64 ? whole : 16;
}

// ".../NAME/config.json" and "NAME.json" are NAME.
std::string NameOf(const std::string& file) {
  const std::filesystem::path path(file);
  const bool in_folder = path.filename() == "config.json" && path.has_parent_path();
  return (in_folder ? path.parent_path().filename() : path.stem()).string();
}

// Multimodal files keep the language model apart, and some of its facts at the top all the same.
const YamlValue& TextModel(const YamlValue& root) {
  const YamlValue* text = root.Find("text_config");
  return text != nullptr && text->is_map() ? *text : root;
}

std::string ModelType(const YamlValue& root) {
  for (const YamlValue* place : {&TextModel(root), &root}) {
    const YamlValue* type = place->Find("model_type");
    if (type != nullptr && type->is_scalar() && FindFamily(type->scalar) != nullptr) {
      return type->scalar;
    }
  }
  const YamlValue* type = root.Find("model_type");
  return type != nullptr && type->is_scalar() ? type->scalar : "";
}

}  // namespace

bool IsHuggingFaceConfig(const YamlValue& root) {
  return root.Find("model_type") != nullptr || root.Find("architectures") != nullptr;
}

absl::Status HuggingFaceToSchema(const YamlValue& root, const std::string& file,
                                 schema::Model& model) {
  if (!root.is_map()) {
    return YamlError(file, root,
                     absl::StrCat("found ", DescribeYaml(root), "; accepted: a JSON object"));
  }
  const std::string model_type = ModelType(root);
  const Family* family = FindFamily(model_type);
  if (family == nullptr) return UnknownFamily(root, file, model_type);
  JsonFields top(root, file);
  JsonFields fields(TextModel(root), file);
  model.Clear();
  model.set_name(NameOf(file));
  model.set_gated_ffn(family->gated);
  model.set_vocab(fields.Count("vocab_size"));
  model.set_tied_embeddings(
      fields.BoolOr("tie_word_embeddings", top.BoolOr("tie_word_embeddings", family->tied)));
  ReadShape(*family, fields, model);
  ReadLatentAttention(fields, model);
  ReadWindow(model_type, fields, model);
  ReadPeculiarities(model_type, fields, model);
  if (fields.ok()) ReadSparseLayers(family->sparse, fields, model);
  ReadDenseWidth(*family, fields, model);
  TESSERA_RETURN_IF_ERROR(fields.status());
  model.set_native_weight_bits(NativeBits(top, model));
  model.set_source(absl::StrCat("config.json of ", model.name()));
  model.set_confidence(schema::CONFIDENCE_VENDOR);
  return top.status();
}

absl::StatusOr<ModelSpec> ReadHuggingFaceConfig(absl::string_view text, const std::string& file) {
  TESSERA_ASSIGN_OR_RETURN(const YamlValue root, ParseYaml(text, file));
  schema::Model model;
  TESSERA_RETURN_IF_ERROR(HuggingFaceToSchema(root, file, model));
  PositionTable positions;
  positions.Set("", {file, root.line, root.column});
  return ModelFromSchema(model, "", positions);
}

}  // namespace tessera
