// Synthetic traffic of networks on chip: who sends to whom.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/random.h"
#include "fabric/noc/noc_params.h"

namespace tessera {

class NocTraffic {
 public:
  // Everybody to everybody, the sender included, with equal probability.
  static NocTraffic Uniform(int nodes);
  // Node (x, y) to node (y, x). Precondition: two dimensions of one extent.
  static NocTraffic Transpose(int nodes, int extent);
  // Everybody to `targets` with probabilities in proportion to `weights`. Precondition: as many
  // weights as targets, none negative, one positive.
  static NocTraffic Hotspot(std::vector<int> targets, const std::vector<int>& weights);

  int Target(int source, RandomStream& random) const;

 private:
  // Either one target a source, or targets for all with cumulative weights.
  std::vector<int> target_of_source_;
  std::vector<int> targets_;
  std::vector<int64_t> weight_up_to_;
};

// "uniform", "transpose", "hotspot({{nodes},{weights}})" with numbers divided by commas, and
// "hotspot({nodes})" with equal weights. Errors: what was found and what is accepted.
absl::StatusOr<NocTraffic> ParseNocTraffic(absl::string_view text, const NocParams& params);

}  // namespace tessera
