#include "topology/spread.h"

#include "core/random.h"

namespace tessera {

int SpreadRule::PartsOf(int all) const {
  switch (kind) {
    case Kind::kDestination:
      break;
    case Kind::kHash:
      return queue_pairs;
    case Kind::kSpray:
      return all;
  }
  return 1;
}

int Choose(const SpreadRule& rule, RouteEnds ends, const Decision& decision) {
  if (rule.kind == SpreadRule::Kind::kDestination) return decision.destination % decision.ways;
  if (rule.kind == SpreadRule::Kind::kSpray) {
    return decision.part / decision.stride % decision.ways;
  }
  // Part 0 hashes as a flow of one queue pair does.
  const auto part = static_cast<uint64_t>(decision.part) << 32;
  RandomStream hash({.run_seed = rule.seed + static_cast<uint64_t>(decision.number) + part,
                     .component = static_cast<uint32_t>(ends.source),
                     .purpose = static_cast<uint32_t>(ends.target)});
  return static_cast<int>(hash.Below(static_cast<uint64_t>(decision.ways)));
}

}  // namespace tessera
