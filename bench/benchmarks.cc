#include "bench/benchmarks.h"

#include <algorithm>
#include <iterator>

namespace tessera {
namespace {

// Promised names whose rooms are not there yet.
std::vector<Benchmark> PlannedBenchmarks() {
  std::vector<Benchmark> planned = {
      {.name = "sweep_slurm_1000", .item = "scenario"},
  };
  return planned;
}

}  // namespace

std::vector<Benchmark> AllBenchmarks() {
  std::vector<Benchmark> all;
  for (auto group : {PholdBenchmarks(), FabricBenchmarks(), FoldBenchmarks(), ChipBenchmarks(),
                     AstraBenchmarks(), PacketBenchmarks(), SearchBenchmarks(), SplitBenchmarks(),
                     PlannedBenchmarks()}) {
    std::move(group.begin(), group.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<Benchmark> Matching(const std::vector<Benchmark>& benchmarks,
                                const std::string& filter) {
  std::vector<Benchmark> matching;
  for (const Benchmark& benchmark : benchmarks) {
    if (benchmark.name == filter) return {benchmark};
    if (benchmark.name.find(filter) != std::string::npos) matching.push_back(benchmark);
  }
  return matching;
}

}  // namespace tessera
