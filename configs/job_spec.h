// What a scenario asks for: the job, the plan, the routing of experts, the software around it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "configs/exchange_kernel_spec.h"
#include "configs/fabric_spec.h"
#include "configs/fault_spec.h"
#include "configs/generation_spec.h"
#include "configs/model_spec.h"
#include "configs/precision.h"
#include "configs/system_spec.h"

namespace tessera {

enum class PipelineSchedule : uint8_t {
  kGpipe,
  kOneForwardOneBackward,
  kInterleaved,
  kZbH1,
  kZbH2,
  kZbV,
  kDualPipe
};
enum class Recompute : uint8_t { kNone, kSelective, kFull };

// How ranks of a context group see the keys and values of the others in training.
enum class ContextExchange : uint8_t {
  kRing,       // Blocks go round the group under the attention core.
  kUlysses,    // All-to-all of heads against positions before and after the core.
  kAllGather,  // Gathered before the core.
};

struct PlanSpec {
  int tensor = 1;
  int pipeline = 1;
  int data = 0;    // 0: what the ranks leave.
  int expert = 1;  // Reuses data (and tensor) ranks.
  int context = 1;
  int expert_tensor = 0;   // Tensor split of one expert; 0: chosen.
  int attention_data = 1;  // Inference: attention replicas inside the group.
  bool sequence_parallel = false;
  int zero_stage = 0;
  int zero_group = 0;      // 0: data.
  int virtual_stages = 1;  // Model chunks per pipeline rank.
  int micro_batch = 0;     // Sequences per micro-batch and replica; 0: chosen (1 in training).
  PipelineSchedule schedule = PipelineSchedule::kOneForwardOneBackward;
  Recompute recompute = Recompute::kNone;
  bool overlap_data = true;     // Gradient buckets and parameter gathers under computation.
  bool overlap_tensor = false;  // Chunked GEMM + collective.
  bool overlap_expert = false;  // Two half batches.
  bool optimizer_offload = false;
  ContextExchange context_exchange = ContextExchange::kRing;
  int rank_order = 0;            // configs/rank_order.h; 0: tensor, context, data, pipeline.
  bool weights_offload = false;  // Inference: weights of layers come from the host for each step.
  bool kv_offload = false;       // Inference: so does the cache.
};

struct PrecisionPlan {
  Precision weights = Precision::kBf16;
  Precision kv = Precision::kBf16;
  Precision compute = Precision::kBf16;
  Precision activations = Precision::kBf16;
};

struct TrainingJob {
  int sequence = 0;
  int64_t global_batch = 0;  // Sequences per optimizer step.
  PrecisionPlan precision;
};

// One fixed batch from prompt to last token, or one phase of it.
struct InferenceJob {
  int64_t batch = 0;  // Whole machine.
  int64_t prompt_tokens = 0;
  int64_t output_tokens = 0;  // 0: prefill only.
  bool decode_only = false;   // The cache already holds prompt_tokens.
  PrecisionPlan precision;
};

struct CollectiveJob {
  std::string op;
  Bytes bytes;
  std::string algorithm = "auto";
  std::string library;
  std::string harness;
  int element_bytes = 2;
};

// How routed tokens spread over experts.
struct MoeRoutingSpec {
  enum class Kind : uint8_t { kBalanced, kUniform, kZipf };
  Kind kind = Kind::kBalanced;
  double zipf_exponent = 0;
  double capacity_factor = 0;   // 0: no limit.
  int max_nodes_per_token = 0;  // 0: no limit.
};

// Host software around the kernels.
struct SoftwareSpec {
  std::string framework;  // "megatron", "vllm", ...; "": none of them.
  std::string library;    // Communication library; "": the chip's usual one.
  bool graphs = true;     // Kernels are replayed from captured graphs (inference) or queued ahead.
  Duration host_per_step{};  // Host time per decode step or prefill that nothing hides.
  // Exchange the tokens of experts; without families the communication library does.
  ExchangeKernelSpec exchange{};
};

struct ScenarioSpec {
  std::string name;
  SystemSpec system;
  int nodes = 1;
  int chips = 0;    // 0: nodes * chips_per_node; fewer use part of the last node.
  ModelSpec model;  // Unused by collective jobs.
  std::variant<std::monostate, TrainingJob, InferenceJob, CollectiveJob> job;
  GenerationSpec generation;  // Of inference jobs.
  PlanSpec plan;
  MoeRoutingSpec moe_routing;
  SoftwareSpec software;
  FabricSpec fabric;
  std::vector<FaultSpec> faults;
  std::optional<Power> power_cap;  // Of one chip.
  uint64_t seed = 1;
};

}  // namespace tessera
