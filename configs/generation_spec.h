// How an inference job spares work: zeros, drafts that are accepted or not, layers that a sequence
// may leave out.
#pragma once

#include <optional>
#include <vector>

#include "configs/model_spec.h"
#include "configs/sparsity_spec.h"

namespace tessera {

// A draft proposes tokens, the model verifies all of them in one step.
struct SpeculationSpec {
  int tokens = 0;         // Drafted before each verification.
  double acceptance = 0;  // Chance of each drafted token, given those before it.
  // What drafts: a model on the same ranks, or else a share of a plain decode step's computation
  // for each drafted token.
  std::optional<ModelSpec> draft{};
  double draft_cost = 0;
};

// A sequence may be done with a token after so many layers.
struct EarlyExitSpec {
  int after_layer = 0;
  double probability = 0;  // Of leaving here, given that it came so far.
};

struct GenerationSpec {
  SparsitySpec sparsity;
  std::optional<SpeculationSpec> speculation;
  std::vector<EarlyExitSpec> early_exit;  // In the order of layers.
};

}  // namespace tessera
