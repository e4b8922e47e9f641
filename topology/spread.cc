#include "topology/spread.h"

#include "core/random.h"

namespace tessera {

int Choose(const SpreadRule& rule, RouteEnds ends, const Decision& decision) {
  if (rule.kind == SpreadRule::Kind::kDestination) return decision.destination % decision.ways;
  RandomStream hash({.run_seed = rule.seed + static_cast<uint64_t>(decision.number),
                     .component = static_cast<uint32_t>(ends.source),
                     .purpose = static_cast<uint32_t>(ends.target)});
  return static_cast<int>(hash.Below(static_cast<uint64_t>(decision.ways)));
}

}  // namespace tessera
