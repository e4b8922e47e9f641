#include "workload/conditional.h"

#include "core/math.h"

namespace tessera {

double TokensPerStep(const Speculation& speculation) {
  if (speculation.accept >= 1) return speculation.drafted + 1;
  return (1 - Pow(speculation.accept, speculation.drafted + 1)) / (1 - speculation.accept);
}

double SpeculativeSpeedup(const Speculation& speculation) {
  return TokensPerStep(speculation) / (1 + speculation.draft_cost * speculation.drafted);
}

double MeanLayers(absl::Span<const double> leave) { return MeanBatchLayers(leave, 1); }

std::vector<double> LayerChances(absl::Span<const double> leave, int64_t batch) {
  double in = 1;  // Probability that one sequence still runs.
  std::vector<double> chances;
  for (const double probability : leave) {
    chances.push_back(1 - Pow(1 - in, static_cast<double>(batch)));
    in *= 1 - probability;
  }
  return chances;
}

double MeanBatchLayers(absl::Span<const double> leave, int64_t batch) {
  double layers = 0;
  for (const double chance : LayerChances(leave, batch)) layers += chance;
  return layers;
}

}  // namespace tessera
