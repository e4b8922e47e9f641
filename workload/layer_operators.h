// The operators that one rank executes for one layer (or the ends of the model), per micro-batch.
// Pure functions of shape and sharding; communication is not an operator and does not appear here.
#pragma once

#include <cstdint>
#include <vector>

#include "configs/job_spec.h"
#include "configs/model_spec.h"
#include "workload/operator.h"

namespace tessera {

struct ShardShape {
  int64_t batch = 1;  // Sequences on this rank.
  int64_t q_len = 0;  // New tokens per sequence (1 in decode), whole sequence before context split.
  int64_t kv_len = 0;  // Visible keys per sequence at the end of these tokens.
  int tensor = 1;      // Split of heads and FFN columns; kv heads replicate past their number.
  int context = 1;     // Split of the sequence.
  bool split_heads = false;  // The attention core has every position of 1/context of the heads.
  bool sequence_parallel = false;  // Norms and residuals work on 1/tensor of the tokens.
  AttentionPhase phase = AttentionPhase::kPrefill;
  bool training = false;        // Causal over the full square unless fused_attention skips it.
  bool fused_attention = true;  // Flash style; false: scores are written to memory (Megatron 2021).
  bool dropout = false;
  PrecisionPlan precision;
};

// Norm, projections, rotary embedding, attention core, output projection, residual.
std::vector<Operator> AttentionForward(const ModelSpec& model, const ShardShape& shape);
std::vector<Operator> AttentionBackward(const ModelSpec& model, const ShardShape& shape);
// Only what selective recomputation repeats: scores, softmax, value product (nothing when fused).
std::vector<Operator> AttentionCoreForward(const ModelSpec& model, const ShardShape& shape);

// Norm, up, activation, down, residual of a dense layer.
std::vector<Operator> MlpForward(const ModelSpec& model, const ShardShape& shape);
std::vector<Operator> MlpBackward(const ModelSpec& model, const ShardShape& shape);

// Norm, router and shared experts of a sparse layer; runs where the tokens live.
std::vector<Operator> RouterForward(const ModelSpec& model, const ShardShape& shape);
std::vector<Operator> RouterBackward(const ModelSpec& model, const ShardShape& shape);
// Routed experts held by one rank: rows[i] tokens for its i-th expert, each expert split
// `expert_tensor` ways. Empty experts cost nothing and read no weights.
std::vector<Operator> ExpertsForward(const ModelSpec& model, const PrecisionPlan& precision,
                                     const std::vector<int64_t>& rows, int expert_tensor);
std::vector<Operator> ExpertsBackward(const ModelSpec& model, const PrecisionPlan& precision,
                                      const std::vector<int64_t>& rows, int expert_tensor);

std::vector<Operator> EmbeddingForward(const ModelSpec& model, const ShardShape& shape);
std::vector<Operator> EmbeddingBackward(const ModelSpec& model, const ShardShape& shape);
// Final norm and output layer; `positions` rows per sequence get logits (1 in inference).
std::vector<Operator> HeadForward(const ModelSpec& model, const ShardShape& shape,
                                  int64_t positions);
std::vector<Operator> HeadBackward(const ModelSpec& model, const ShardShape& shape,
                                   int64_t positions);

// Adam over `parameters` values held by this rank: `bytes_per_parameter` cross memory.
Operator OptimizerStep(double parameters, double bytes_per_parameter);

bool IsMoeLayer(const ModelSpec& model, int layer);

// Keys that a query of this layer sees at most when `kv_len` came before it, itself included: all,
// its sliding window, or on average half its chunk. For ShardShape::kv_len.
int64_t VisibleKeys(const ModelSpec& model, int layer, int64_t kv_len);

// Parameters by part; `Layer` counts without any sharding. Sources: domain notes 2.1.
struct ParameterCounts {
  double embedding = 0;        // Input embedding and learned positions.
  double head = 0;             // Output layer, 0 when tied.
  double attention_layer = 0;  // One layer, its norms included.
  double mlp_layer = 0;        // One dense MLP.
  double router_layer = 0;     // Router and shared experts of one sparse layer.
  double expert = 0;           // One routed expert.
  double total = 0;
  double active = 0;  // Used by one token.
};
ParameterCounts CountParameters(const ModelSpec& model);
// Cache of one token over all layers, unsharded.
double KvBytesPerToken(const ModelSpec& model, Precision kv);

}  // namespace tessera
