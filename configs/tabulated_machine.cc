#include "configs/tabulated_machine.h"

namespace tessera {

double TabulatedRate::Seconds(double amount) const {
  if (amount <= 0) return 0;
  for (const Step& step : steps) {
    if (amount >= step.least) return amount / (per_second * step.share);
  }
  return amount / (per_second * steps.back().share);
}

double TabulatedNetwork::Seconds(TabulatedOp op, double bytes, int members) const {
  const Factor& f = factors[static_cast<size_t>(op)];
  return latency_seconds + bytes * f.factor * (1 + f.offset / members) / bytes_per_second;
}

}  // namespace tessera
