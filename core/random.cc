#include "core/random.h"

#include <Random123/philox.h>

#include "core/math.h"

namespace tessera {

uint64_t RandomStream::FirstOfNextBlock() {
  const r123::Philox4x64::ctr_type counter = {{(drawn_ - 1) / kBlock, 0, 0, 0}};
  const r123::Philox4x64::key_type key = {{run_seed_, name_}};
  const r123::Philox4x64::ctr_type bits = r123::Philox4x64()(counter, key);
  for (size_t i = 1; i < kBlock; ++i) rest_of_block_[i - 1] = bits[i];
  return bits[0];
}

double RandomStream::Exponential(double mean) { return -mean * Log(1.0 - Uniform()); }

}  // namespace tessera
