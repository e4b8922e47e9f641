#include "partition/framework.h"

#include <array>

namespace tessera {
namespace {

using std::chrono::microseconds;

// A current training or inference stack with nothing special: Megatron-Core's choices.
constexpr FrameworkFacts kGeneric = {.name = ""};

// Megatron-LM of 2021-22. Source: its repository at v2.4-v3.0: fused scale-mask-softmax with scores
// in memory, dropout 0.1, fp16 gradients reduced in one all-reduce after the last backward, paired
// send and receive with a wait, scatter-gather of stage messages, asynchronous input-gradient
// all-reduce (v2.6). Biases, copies of transposed tensors and their gradients are kernels of their
// own: about half as many bytes again as the fused operators. The optimizer passes over gradients
// again to unscale, check, clip and clear them, and copies masters to weights: 60 bytes a
// parameter.
constexpr FrameworkFacts kMegatron2021 = {.name = "megatron",
                                          .fused_attention = false,
                                          .dropout = true,
                                          .vector_traffic = 1.5,
                                          .matrix_fraction = 0.88,
                                          .gradient_wire_bytes = 2,
                                          .optimizer_traffic_bytes = 60,
                                          .overlaps_data = false,
                                          .overlaps_pipeline = false,
                                          .scatters_pipeline_messages = true,
                                          .interleaves = false};

// Megatron-Core with Transformer Engine. Source: its performance guide (overlap of gradient
// reduction, parameter gather, tensor and pipeline messages are on in the scaling runs).
// Matrix rates: the published model table and the FP8 runs of its README.
constexpr FrameworkFacts kMegatronCore = {.name = "megatron",
                                          .matrix_fraction = 0.72,
                                          .matrix_fraction_narrow = 0.84,
                                          .overlaps_tensor = true,
                                          .issues_sparse_layers = true};

// NeMo / Megatron Bridge performance recipes: as above, gradients in bf16. Its recipes of sparse
// models replay graphs on GB200 and GB300, and mostly issue kernels one by one on 8-GPU nodes
// (scripts/performance/configs: cuda_graph_impl).
constexpr FrameworkFacts kMegatronBridge = {.name = "megatron_bridge",
                                            .matrix_fraction = 0.72,
                                            .matrix_fraction_narrow = 0.84,
                                            .gradient_bytes = 2,
                                            .gradient_wire_bytes = 2,
                                            .overlaps_tensor = true,
                                            .merges_expert_copies = true,
                                            .issues_sparse_layers = true};

// Source: MegaScale, arXiv 2402.15627.
constexpr FrameworkFacts kMegascale = {.name = "megascale", .overlaps_tensor = true};

// Source: ZeRO, arXiv 1910.02054: 16-bit gradients.
constexpr FrameworkFacts kDeepspeed = {.name = "deepspeed",
                                       .gradient_bytes = 2,
                                       .gradient_wire_bytes = 2,
                                       .overlaps_tensor_backward = false};

// fp32 weights and moments, all sharded; bf16 copies and gradients live for moments. XLA overlaps
// collectives of the data axis with its latency-hiding scheduler, inside the scan over layers; the
// sum over replicas follows behind the scan.
constexpr FrameworkFacts kT5x = {.name = "t5x",
                                 .weight_bytes = 4,
                                 .gradient_bytes = 0,
                                 .optimizer_bytes = 8,
                                 .gradient_wire_bytes = 2,
                                 .overlaps_replicas = false,
                                 .accumulates = false};
// The same compiler; products on GPUs are those that XLA picks and fuses. Rematerialisation of its
// TPU recipes (AI-Hypercomputer tpu-recipes, Trillium and Ironwood: remat_policy custom or
// qkv_proj_offloaded): layer inputs and projections of attention are kept or offloaded, the rest is
// repeated as far as gradients need it. Its GPU recipes keep all products (minimal_with_context).
constexpr FrameworkFacts kMaxtext = [] {
  FrameworkFacts facts = kT5x;
  facts.name = "maxtext";
  facts.matrix_fraction = 0.64;
  facts.selective_repeats_products = true;
  facts.dispatches_by_masks = true;
  return facts;
}();

// Source: nanotron repository: fp32 gradient accumulation, collectives of the tensor axis in line;
// eager PyTorch: rotary embedding, gated activation and loss in fp32 as separate kernels, products
// by the library's default choice of kernel.
constexpr FrameworkFacts kNanotron = {.name = "nanotron",
                                      .vector_traffic = 2.5,
                                      .matrix_fraction = 0.6,
                                      .overlaps_tensor_backward = false};

// Source: DeepSeek-V3 report, arXiv 2412.19437: fp8 dispatch, bf16 combine, at most one copy per
// rank over NVLink, 20 cores for communication.
constexpr FrameworkFacts kDeepseek = {.name = "deepseek",
                                      .gradient_wire_bytes = 2,
                                      .merges_expert_copies = true,
                                      .narrow_dispatch = true,
                                      .communication_cores = 20};

// Host time per step: measured minus kernels of 2024 software (domain notes 7D), at batch 1 and by
// its growth from batch 1 to 64; scheduling and output handling ran per sequence in the step's way.
constexpr FrameworkFacts kVllm = {
    .name = "vllm", .host_per_step = microseconds(2500), .host_per_sequence = microseconds(90)};
// Matrix rates of its prefill: 8,192 prompt tokens of Mistral 7B and Llama 3 8B on one A100 (fp16),
// H100 or H200 (fp8) of the Azure AI benchmarking guide. TensorRT times its kernels for the shapes
// at hand, and a batch ends before the chip is hot; its products in fp8 stay far below a tuned
// loop's.
constexpr FrameworkFacts kTensorRtLlm = {.name = "tensorrt_llm",
                                         .launch = LaunchMode::kStream,
                                         .matrix_fraction = 0.88,
                                         .matrix_fraction_narrow = 0.65};
constexpr FrameworkFacts kFasterTransformer = {.name = "fastertransformer",
                                               .launch = LaunchMode::kStream};
constexpr FrameworkFacts kSglang = {.name = "sglang", .host_per_step = microseconds(1000)};

// Source: arXiv 2410.23668 (the layers of a model as one looped kernel that never stops streaming
// weights, deployed in production; over 90 % of the memory's peak in decode on 8 and 16 sockets);
// arXiv 2405.07518 (a decoder layer with its collectives is one fused kernel).
constexpr FrameworkFacts kSambaflow = {.name = "sambaflow", .streams_weights = true};

// Source: tt-metal models/tt_transformers/tt/{decoder,attention,mlp}.py: beside products and
// attention a layer launches some 15 operations (norms, sums, head splits and merges, rotations,
// cache updates, changes of layout) where `workload` counts four passes.
// Host time: what decode steps of 1B to 72B models on one and eight chips take beyond their
// kernels, 4.6 to 7.6 ms (models/README.md at 0206815): logits return, are searched, and inputs go
// back.
// Prefill: of models/tt_transformers only decode was traced when these figures were published
// (November 2025); pull requests 29827, 31934 and 34193 of tt-metal brought traces of prefill to
// one model after the other (70B on eight Blackhole chips: 186 to 154 ms). The demo of the 32-chip
// Galaxy had them before (20327).
constexpr FrameworkFacts kTtMetal = {.name = "tt_metal",
                                     .kernels_per_pass = 4,
                                     .issues_prefill = true,
                                     .host_per_step = microseconds(5000)};

constexpr std::array kTable = {
    kGeneric,  kMegatronBridge, kMegascale,   kDeepspeed,         kMaxtext, kT5x,       kNanotron,
    kDeepseek, kVllm,           kTensorRtLlm, kFasterTransformer, kSglang,  kSambaflow, kTtMetal};

constexpr int kFirstYearOfMegatronCore = 2022;  // Hopper is the first chip it was tuned for.

}  // namespace

const FrameworkFacts& FrameworkFactsOf(absl::string_view framework, int chip_year) {
  if (framework == "megatron") {
    return chip_year < kFirstYearOfMegatronCore ? kMegatron2021 : kMegatronCore;
  }
  for (const FrameworkFacts& facts : kTable) {
    if (facts.name == framework) return facts;
  }
  return kTable.front();
}

}  // namespace tessera
