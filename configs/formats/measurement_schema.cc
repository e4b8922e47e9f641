#include "configs/formats/measurement_schema.h"

#include "core/check.h"

namespace tessera {
namespace {

constexpr absl::string_view kPrecisions =
    "fp32 tf32 fp16 bf16 fp8 mxfp8 nvfp4 mxfp4 int8 bfp8 bfp8_bfp4 mixed_fp16";

constexpr KeyRule Required(absl::string_view name, KeyType type = KeyType::kInteger) {
  return {.name = name, .type = type, .required = true, .names = ""};
}
constexpr KeyRule RequiredName(absl::string_view name, absl::string_view names) {
  return {.name = name, .type = KeyType::kName, .required = true, .names = names};
}
constexpr KeyRule Optional(absl::string_view name, KeyType type = KeyType::kInteger) {
  return {.name = name, .type = type, .required = false, .names = ""};
}
constexpr KeyRule OptionalName(absl::string_view name, absl::string_view names) {
  return {.name = name, .type = KeyType::kName, .required = false, .names = names};
}

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

KindRule Collective() {
  return {.kind = TaskKind::kCollective,
          .name = "collective",
          .keys = {RequiredName("operation",
                                "all_reduce all_gather reduce_scatter all_to_all send_recv"),
                   Required("ranks"), Required("ranks_per_node"), Required("message_bytes"),
                   OptionalName("precision", kPrecisions),
                   OptionalName("algorithm", "auto ring nvls nvls_tree sharp custom"),
                   OptionalName("library", "nccl rccl oneccl mscclpp hccl tt_metal"),
                   Optional("library_version", KeyType::kText),
                   OptionalName("harness", "torch nccl_tests graph library"),
                   Optional("in_place", KeyType::kBool)},
          .quantities = {{"time", "s"}}};
}

KindRule MoeExchange() {
  return {
      .kind = TaskKind::kMoeExchange,
      .name = "moe_exchange",
      .keys = {RequiredName("operation", "dispatch combine all_to_all_padded"), Required("ep"),
               Required("tokens_per_rank"), Required("hidden"), Required("topk"),
               Required("experts"), RequiredName("precision", kPrecisions),
               Optional("bytes_per_token"), OptionalName("routing", "balanced uniform"),
               Optional("max_nodes_per_token"), OptionalName("mode", "low_latency high_throughput"),
               OptionalName("path", "scale_up_only scale_up_and_nic nic_only"),
               OptionalName("launched_by", "device host_proxy"), Optional("comm_cores"),
               OptionalName("bandwidth_counts", "ranks nodes"),
               OptionalName("implementation",
                            "deepep_v0 deepep_v1 deepep_v2 pplx uccl mori nccl_ep "
                            "trtllm_one_sided torch triton_distributed"),
               OptionalName("copies_per", "expert rank node")},
      .quantities = {{"time", "s"}, {"exchange_bandwidth", "bytes/s"}}};
}

KindRule ExpertLoad() {
  return {.kind = TaskKind::kExpertLoad,
          .name = "expert_load",
          .keys = {Required("model", KeyType::kModel), Required("ep"), Optional("layer"),
                   Optional("expert_slots_per_rank"), Optional("rebalanced", KeyType::kBool),
                   Optional("tokens_per_rank"), OptionalName("phase", "prefill decode"),
                   Optional("redundant_experts")},
          .quantities = {{"rank_max_over_mean", "ratio"},
                         {"expert_max_over_mean", "ratio"},
                         {"rebalancing_speedup", "ratio"}}};
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

KindRule Gemm() {
  return {
      .kind = TaskKind::kGemm,
      .name = "gemm",
      .keys = {Required("m"), Required("n"), Required("k"), RequiredName("precision", kPrecisions),
               OptionalName("selection", "given best_of_search"),
               OptionalName("accumulate", kPrecisions),
               OptionalName("output_precision", kPrecisions),
               OptionalName("fidelity", "lofi hifi2 hifi3 hifi4"),
               OptionalName("scaling", "tensor block_128"),
               Optional("share_of_chip", KeyType::kNumber),
               Optional("includes_launch", KeyType::kBool),
               OptionalName("library", "cublaslt torch deepgemm tt_metal xla poplin")},
      .quantities = {{"time", "s"}, {"flop_rate", "flop/s"}}};
}

KindRule GroupedGemm() {
  return {
      .kind = TaskKind::kGroupedGemm,
      .name = "grouped_gemm",
      .keys = {Required("groups"), Required("m_per_group"), Required("n"), Required("k"),
               RequiredName("precision", kPrecisions), OptionalName("layout", "contiguous masked"),
               OptionalName("output_precision", kPrecisions),
               OptionalName("scaling", "tensor block_128"), OptionalName("library", "deepgemm")},
      .quantities = {{"time", "s"}}};
}

KindRule Attention() {
  return {.kind = TaskKind::kAttention,
          .name = "attention",
          .keys = {RequiredName("phase", "forward backward decode"), Required("batch"),
                   Required("heads"), Required("q_len"), Required("kv_len"),
                   RequiredName("precision", kPrecisions), Optional("kv_heads"),
                   Optional("head_dim_qk"), Optional("head_dim_v"), Optional("kv_lora_rank"),
                   Optional("rope_dim"), Optional("causal", KeyType::kBool),
                   OptionalName("implementation", "flash_attention_2 flash_attention_3 flash_mla")},
          .quantities = {{"time", "s"}, {"flop_rate", "flop/s"}}};
}

KindRule MemoryCopy() {
  return {.kind = TaskKind::kMemoryCopy,
          .name = "memory_copy",
          .keys = {RequiredName("operation", "read write copy triad dot peer_copy"),
                   RequiredName("tier", "dram sram peer"), Optional("bytes"),
                   Optional("both_directions_summed", KeyType::kBool), Optional("readers"),
                   Optional("packet_bytes"), Optional("outstanding"),
                   OptionalName("placement", "adjacent arbitrary"),
                   Optional("dram_gbytes_per_s", KeyType::kNumber),
                   OptionalName("engine", "copy_engine cores")},
          .quantities = {{"bandwidth", "bytes/s"}}};
}

KindRule LinkLatency() {
  return {.kind = TaskKind::kLinkLatency,
          .name = "link_latency",
          .keys = {RequiredName("path",
                                "nvlink ib_same_leaf ib_cross_leaf roce_same_leaf roce_cross_leaf "
                                "tt_ethernet groq_c2c groq_dragonfly"),
                   RequiredName("span", "one_way per_hop end_to_end"), Optional("bytes"),
                   OptionalName("routing", "1d 2d"), Optional("ring_chips")},
          .quantities = {{"latency", "s"}}};
}

KindRule Noc() {
  return {.kind = TaskKind::kNoc,
          .name = "noc",
          .keys = {RequiredName("operation",
                                "router_hop interface_to_router local_memory_load "
                                "local_memory_read dram_read dram_write all_reduce "
                                "loaded_exchange stencil_iteration"),
                   Optional("tiles"), Optional("dram_channels"), Optional("bytes_per_tile"),
                   OptionalName("placement", "adjacent random_fair"),
                   OptionalName("virtual_channels", "static dynamic"), Optional("noc"),
                   Optional("bytes"), Optional("cores"), OptionalName("precision", kPrecisions)},
          .quantities = {{"latency", "s"},
                         {"latency_cycles", "cycles"},
                         {"bandwidth", "bytes/s"},
                         {"latency_ratio", "ratio"}}};
}

}  // namespace

const KeyRule* KindRule::Find(absl::string_view key) const {
  for (const KeyRule& rule : keys) {
    if (rule.name == key) return &rule;
  }
  return nullptr;
}

absl::Span<const KindRule> KindRules() {
  static const std::vector<KindRule>& rules = *new std::vector<KindRule>{
      Collective(),       MoeExchange(), ExpertLoad(),  TrainingStep(), InferenceBatch(),
      InferenceServing(), DecodeStep(),  PrefillStep(), Gemm(),         GroupedGemm(),
      Attention(),        MemoryCopy(),  LinkLatency(), Noc()};
  return rules;
}

const KindRule& RuleOf(TaskKind kind) {
  const KindRule& rule = KindRules()[static_cast<size_t>(kind)];
  TESSERA_CHECK(rule.kind == kind);
  return rule;
}

absl::string_view TaskKindName(TaskKind kind) { return RuleOf(kind).name; }

absl::string_view MachineTopologyNames() {
  return "single nvswitch full_mesh pair ring line mesh2d torus2d torus3d hybrid_cube_mesh pcie "
         "dragonfly wafer unknown";
}

absl::Span<const KeyRule> InlineModelRules() {
  static constexpr KeyRule kRules[] = {
      Required("layers"),
      Required("hidden"),
      Required("heads"),
      Required("kv_heads"),
      Required("head_dim"),
      Required("ffn"),
      Required("gated_ffn", KeyType::kBool),
      Required("vocab"),
      Required("tied_embeddings", KeyType::kBool),
      Optional("experts"),
      Optional("experts_per_token"),
      Optional("shared_experts"),
      Optional("expert_ffn"),
      Optional("moe_layers"),
  };
  return kRules;
}

}  // namespace tessera
