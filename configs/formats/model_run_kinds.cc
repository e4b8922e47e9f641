#include <utility>

#include "configs/formats/measurement_kinds.h"

namespace tessera {
namespace {

using Keys = std::vector<KeyRule>;

Keys Joined(Keys first, const Keys& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Degrees and software of every kind that runs a model for inference.
Keys InferenceKeys() {
  return {
      Optional("tp"),
      Optional("pp"),
      Optional("dp"),
      Optional("cp"),
      Optional("ep"),
      Optional("attention_dp"),
      OptionalName("weight_precision", kPrecisions),
      OptionalName("kv_precision", kPrecisions),
      OptionalName("engine",
                   "vllm tensorrt_llm sglang deepspeed fastertransformer neuron tt_metal vllm_tpu "
                   "sambaflow cerebras groq jax mlperf deepseek dynamo"),
      Optional("engine_version", KeyType::kText),
      OptionalName("speculative", "none mtp draft undisclosed"),
  };
}

// What single steps of sparse models add.
Keys StepKeys() {
  return {
      OptionalName("expert_load", "balanced balanced_by_placement skewed"),
      Optional("redundant_experts"),
      Optional("two_batch_overlap", KeyType::kBool),
      Optional("mtp_accept", KeyType::kNumber),
  };
}

KindRule TrainingStep() {
  return {
      .kind = TaskKind::kTrainingStep,
      .name = "training_step",
      .keys = {Required("model", KeyType::kModel),
               RequiredName("precision", kPrecisions),
               Required("seq_len"),
               Required("global_batch"),
               Optional("tp"),
               Optional("pp"),
               Optional("dp"),
               Optional("cp"),
               Optional("ep"),
               Optional("sp", KeyType::kBool),
               Optional("zero"),
               Optional("zero_group"),
               Optional("vpp"),
               Optional("micro_batch"),
               OptionalName("recompute", "none selective full"),
               OptionalName("schedule", "1f1b interleaved_1f1b dualpipe"),
               OptionalName("moe_routing", "balanced capacity skewed"),
               Optional("capacity_factor", KeyType::kNumber),
               Optional("mtp_layers"),
               Optional("optimizer_offload", KeyType::kBool),
               OptionalName("flops_convention", "model model_causal with_recompute"),
               OptionalName("framework",
                            "megatron megatron_bridge megascale deepspeed maxtext nanotron neuron "
                            "deepseek meta mlperf t5x")},
      .quantities = {{"step_time", "s"},
                     {"tokens_per_s_per_chip", "tokens/s/chip"},
                     {"flops_per_s_per_chip", "flop/s"},
                     {"time_to_train", "s"}}};
}

KindRule InferenceBatch() {
  return {
      .kind = TaskKind::kInferenceBatch,
      .name = "inference_batch",
      .keys = Joined({Required("model", KeyType::kModel), RequiredName("precision", kPrecisions),
                      Required("batch"), Required("input_len"), Required("output_len")},
                     InferenceKeys()),
      .quantities = {{"end_to_end_latency", "s"}, {"ttft", "s"}, {"tpot", "s"}}};
}

KindRule InferenceServing() {
  Keys keys = Joined({Required("model", KeyType::kModel), RequiredName("precision", kPrecisions),
                      Required("input_len"), Required("output_len"),
                      RequiredName("load", "offline concurrency request_rate latency_limited")},
                     InferenceKeys());
  return {
      .kind = TaskKind::kInferenceServing,
      .name = "inference_serving",
      .keys = Joined(
          std::move(keys),
          {Optional("concurrency"), Optional("requests_per_s", KeyType::kNumber),
           Optional("requests"), Optional("max_batch"), Optional("max_batched_tokens"),
           Optional("ttft_limit_s", KeyType::kNumber), Optional("tpot_limit_s", KeyType::kNumber),
           Optional("disaggregated", KeyType::kBool),
           Optional("user_tokens_per_s", KeyType::kNumber)}),
      .quantities = {
          {"output_tokens_per_s_per_chip", "tokens/s/chip"}, {"ttft", "s"}, {"tpot", "s"}}};
}

KindRule DecodeStep() {
  Keys keys = Joined({Required("model", KeyType::kModel), RequiredName("precision", kPrecisions),
                      Required("batch"), Required("context_len")},
                     InferenceKeys());
  return {.kind = TaskKind::kDecodeStep,
          .name = "decode_step",
          .keys = Joined(std::move(keys), StepKeys()),
          .quantities = {{"tpot", "s"}, {"output_tokens_per_s_per_chip", "tokens/s/chip"}}};
}

KindRule PrefillStep() {
  Keys keys = Joined({Required("model", KeyType::kModel), RequiredName("precision", kPrecisions),
                      Required("batch"), Required("input_len")},
                     InferenceKeys());
  return {.kind = TaskKind::kPrefillStep,
          .name = "prefill_step",
          .keys = Joined(std::move(keys), StepKeys()),
          .quantities = {{"time", "s"}, {"input_tokens_per_s_per_chip", "tokens/s/chip"}}};
}

}  // namespace

std::vector<KindRule> ModelRunKinds() {
  return {TrainingStep(), InferenceBatch(), InferenceServing(), DecodeStep(), PrefillStep()};
}

}  // namespace tessera
