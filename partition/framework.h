// What software around the kernels does: facts of a framework, never of a model or a case.
#pragma once

#include "absl/strings/string_view.h"
#include "chips/chip_model.h"
#include "core/units.h"

namespace tessera {

struct FrameworkFacts {
  absl::string_view name;
  LaunchMode launch = LaunchMode::kGraph;  // kGraph also stands for kernels queued well ahead.

  // Training arithmetic.
  bool fused_attention = true;  // Scores stay on the chip.
  bool dropout = false;         // Hidden and attention dropout, as in GPT-2/3 recipes.

  // Bytes of element-wise passes and reductions, norms apart, over what the operators of `workload`
  // count, which fuse well: eager software runs every operation as a kernel of its own.
  double vector_traffic = 1;

  // Kernels of one element-wise operator in inference: software without fusion launches each step
  // of it (splits heads, rotates, writes the cache, changes layouts) by itself.
  int kernels_per_pass = 1;

  // No graph of a prefill is captured: the host issues its kernels one by one, and none starts
  // before the call of the one before returned. Systems with more chips in a scale-up domain than
  // `most_chips_without_graphs` replay graphs of it too.
  bool issues_prefill = false;

  // Matrix rate inside a running job over that of a tuned benchmark loop, save on TPUs (they have
  // one compiler, and its rate is the chip's): heat and power steady state, cold caches, libraries
  // of the time. Source: profiles of training runs show
  // matrix kernels of Megatron-Core on H100 near 620 TFLOP/s where loops reach 740; Megatron-LM on
  // A100 near 225 against 255.
  double matrix_fraction = 0.75;
  double matrix_fraction_narrow = 0.8;  // Of formats below 16 bits.

  // States of one parameter, bytes. Adam: fp32 master and two moments.
  double weight_bytes = 2;
  double gradient_bytes = 4;
  double optimizer_bytes = 12;
  double gradient_wire_bytes = 4;   // Of one gradient in the reduction.
  double parameter_wire_bytes = 2;  // Of one parameter when shards are gathered.
  // Crossing memory in the optimizer step: gradient, master and moments read, the latter three and
  // the working weight written.
  double optimizer_traffic_bytes = 30;

  // Overlap that the software can do.
  bool overlaps_data = true;      // Gradient buckets under the backward pass.
  bool overlaps_replicas = true;  // The reduction of shards over replicas too (hybrid sharding).
  bool overlaps_pipeline = true;  // Messages between stages under other micro-batches.
  bool overlaps_tensor = false;   // Forward gathers and scatters in chunks under their product.
  // Backward of a column-split product: the input gradient's collective runs under the weight
  // gradient, and the repeated gather of the input under the input gradient.
  bool overlaps_tensor_backward = true;
  // Without sequence parallelism, stages exchange 1/t of a message each and gather it on arrival.
  bool scatters_pipeline_messages = false;

  // One copy of a token per rank that holds chosen experts, instead of one per expert.
  bool merges_expert_copies = false;
  bool narrow_dispatch = false;  // Tokens travel to experts in the (fp8) compute format.

  // Splits a replica's batch into micro-batches without a pipeline; else it is one.
  bool accumulates = true;
  bool interleaves = true;  // Its recipes cut stages into several chunks where that helps.

  // Decode: weights stream into the chip's memory while a collective is on its way.
  bool streams_weights = false;
  // Selective recomputation on TPUs keeps the projections of attention and repeats the core of
  // attention and the first product of the MLP too; else only what is cheap: norms and activations.
  bool selective_repeats_products = false;

  // Tokens reach the slots of experts with a capacity by products with masks.
  bool dispatches_by_masks = false;

  // The host issues the kernels of sparse layers one by one, save on systems with more chips in a
  // scale-up domain than `most_chips_without_graphs`, where graphs are replayed.
  bool issues_sparse_layers = false;
  int most_chips_without_graphs = 8;

  // Cores that communication kernels take away while they run.
  int communication_cores = 16;

  // Host time per inference step that nothing hides; SoftwareSpec overrides it.
  Duration host_per_step{};
  Duration host_per_sequence{};  // Of each sequence in the step, on top.
};

// Facts of `framework` (names of the measurement schema, "" for none in particular) on chips of
// `chip_year`: software on a chip is at least as new as the chip, which separates Megatron of 2021
// (scores in memory, no overlap of the data axis) from Megatron-Core. Unknown
// names give "".
const FrameworkFacts& FrameworkFactsOf(absl::string_view framework, int chip_year);

}  // namespace tessera
