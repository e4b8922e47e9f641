#include "core/random.h"

#include <Random123/philox.h>

#include "core/math.h"

namespace tessera {

void RandomStream::Refill() {
  const r123::Philox4x64::ctr_type counter = {{(drawn_ - 1) / kBlock, 0, 0, 0}};
  const r123::Philox4x64::key_type key = {{run_seed_, name_}};
  const r123::Philox4x64::ctr_type bits = r123::Philox4x64()(counter, key);
  for (size_t i = 0; i < kBlock; ++i) block_[i] = bits[i];
}

double RandomStream::Exponential(double mean) { return -mean * Log(1.0 - Uniform()); }

}  // namespace tessera
