// Models from an unmodified config.json of Hugging Face Transformers.
//
// Families (model_type): llama, mistral, mixtral, qwen2, qwen2_moe, qwen3, qwen3_moe, phi3, gemma,
// gemma2, gemma3, llama4, deepseek_v2, deepseek_v3, kimi_k2, gpt_oss, gpt2, gpt_neox, gptj, bloom,
// falcon; the text model of multimodal configurations (text_config). What a file leaves out is the
// default of the family's configuration class in Transformers, where the class has one of its own.
//
// Simplifications: biases are not counted; Qwen2 layers below max_window_layers see everything, and
// a window that no layer uses is dropped; the bits of a quantised checkpoint are those of its
// experts or of all its matrices, scales included.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/model_spec.h"

namespace tessera {

struct YamlValue;
namespace schema {
class Model;
}  // namespace schema

// `file` names the text in errors and the model: ".../NAME/config.json" and "NAME.json" are NAME.
// Errors, each at its place: not JSON, an unknown model_type (with the closest known one), a
// missing or impossible figure, a shape that contradicts itself.
absl::StatusOr<ModelSpec> ReadHuggingFaceConfig(absl::string_view text, const std::string& file);

// Is this the tree of such a file?
bool IsHuggingFaceConfig(const YamlValue& root);

// For the loader: fills `model`, replacing what it holds.
absl::Status HuggingFaceToSchema(const YamlValue& root, const std::string& file,
                                 schema::Model& model);

}  // namespace tessera
