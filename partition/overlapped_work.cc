#include "partition/overlapped_work.h"

#include <algorithm>

#include "core/status_macros.h"

namespace tessera {

Work SharedWork::Under(Duration communication) const {
  const Duration full = alone.Total();
  const Duration slow = beside.Total();
  if (communication >= slow) return beside;
  // Done under communication: communication / slow of the work; the rest at full rate.
  const double done = ToSeconds(communication) / ToSeconds(slow);
  const double total = ToSeconds(communication) + (1 - done) * ToSeconds(full);
  const double stretch = full > Duration{} ? std::max(1.0, total / ToSeconds(full)) : 1.0;
  Work work = alone;
  for (ClassWork& part : work.by_class) part.time = CeilSeconds(ToSeconds(part.time) * stretch);
  return work;
}

absl::StatusOr<SharedWork> SharedCost(const LoweringContext& context,
                                      absl::Span<const Operator> operators) {
  SharedWork work;
  const int cores = context.chip.spec().core_count;
  const double share = cores > context.facts.communication_cores
                           ? 1 - static_cast<double>(context.facts.communication_cores) / cores
                           : 1;
  TESSERA_ASSIGN_OR_RETURN(work.alone, context.Cost(operators));
  TESSERA_ASSIGN_OR_RETURN(work.beside, context.Cost(operators, share));
  return work;
}

}  // namespace tessera
