#include "topology/spread.h"

#include "core/random.h"

namespace tessera {

int Choose(const SpreadRule& rule, RouteEnds ends, int choice, int destination, int ways) {
  if (rule.kind == SpreadRule::Kind::kDestination) return destination % ways;
  RandomStream hash({.run_seed = rule.seed + static_cast<uint64_t>(choice),
                     .component = static_cast<uint32_t>(ends.source),
                     .purpose = static_cast<uint32_t>(ends.target)});
  return static_cast<int>(hash.Below(static_cast<uint64_t>(ways)));
}

}  // namespace tessera
