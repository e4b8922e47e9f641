#include "cli/scenario_template.h"

namespace tessera {

const char kScenarioTemplate[] = R"yaml(# A scenario: what to simulate. Run it with
#   tessera run THIS_FILE --out out
# and change single values with --set, such as --set plan.tensor=4.
# Quantities carry their unit: 450 GB/s, 2 us, 80 GiB.

# The machine: a name of `tessera list systems`, a path, or a description in place.
system: dgx_h100
nodes: 1
# chips: 4                # Fewer than all chips of the nodes.

# The model: a name of `tessera list models`, a Hugging Face config.json, or a description in place.
model: llama3p1_8b

# The job: exactly one of inference, training and collective.
inference:
  batch: 32               # Sequences, whole machine.
  prompt_tokens: 1024     # Of each sequence.
  output_tokens: 128      # Of each sequence; 0: prefill only.
  # decode_only: true     # The cache already holds the prompts.
  precision: {weights: bf16, kv: bf16, compute: bf16, activations: bf16}

# training:
#   sequence: 4096        # Tokens.
#   global_batch: 128     # Sequences of one optimizer step.
#   precision: {weights: bf16, compute: bf16}

# collective:
#   operation: all_reduce
#   bytes: 256 MiB
#   algorithm: auto

# How the job is spread over ranks; data parallelism takes what the others leave.
plan:
  tensor: 8               # Splits every matrix; wants a fast scale-up network.
  pipeline: 1             # Splits the layers.
  context: 1              # Splits the sequence.
  # expert: 8             # Spreads the experts of sparse models over data ranks.
  # micro_batch: 1        # Training: sequences of one pipeline step.
  # virtual_stages: 2     # Training: model chunks of a pipeline rank.
  # recompute: selective  # Training: none, selective, full.
  # sequence_parallel: true
  # zero_stage: 1         # Training: 1 optimizer states, 2 and gradients, 3 and weights.

# How tokens choose experts: balanced, uniform, or {kind: zipf, zipf_exponent: 0.5}.
moe_routing: balanced

seed: 1
)yaml";

}  // namespace tessera
