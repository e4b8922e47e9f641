// PHOLD through the real engine, with a mean delay of one microsecond: remote probability 0.1,
// lookahead 0.1, increment 0.1 + an exponential variate of mean 0.9, in microseconds.
#include "bench/benchmarks.h"
#include "bench/phold.h"

namespace tessera {

std::vector<Benchmark> PholdBenchmarks() {
  const auto phold = [](uint64_t processes, uint64_t start_events, int64_t end_us) {
    return [=] {
      return phold::Run({.logical_processes = processes, .start_events = start_events},
                        Time(std::chrono::microseconds(end_us)));
    };
  };
  return {
      {.name = "phold_1024x16", .item = "event", .run = phold(1024, 16, 100)},
      {.name = "phold_65536x1", .item = "event", .run = phold(65536, 1, 25)},
      {.name = "phold_65536x16", .item = "event", .run = phold(65536, 16, 6)},
  };
}

}  // namespace tessera
