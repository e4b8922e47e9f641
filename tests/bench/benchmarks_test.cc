#include "bench/benchmarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tessera {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Names(const std::vector<Benchmark>& benchmarks) {
  std::vector<std::string> names;
  for (const Benchmark& benchmark : benchmarks) names.push_back(benchmark.name);
  return names;
}

TEST(BenchmarksTest, NamesAreUnique) {
  const std::vector<std::string> names = Names(AllBenchmarks());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(BenchmarksTest, EveryPromisedNameIsListed) {
  EXPECT_THAT(
      Names(AllBenchmarks()),
      testing::IsSupersetOf({"phold_1024x16", "phold_65536x1", "phold_65536x16", "fluid_ring_1024",
                             "fluid_a2a_torus_256", "fluid_a2av_torus_256", "fluid_a2a_clos_256",
                             "fluid_a2av_switch_64", "packet_perm_128", "packet_perm_1024",
                             "noc_mesh_8x8", "fold_allreduce_1m", "fold_slow_64k",
                             "astra_ring_1024", "chip_ops", "search_megatron_22b_8",
                             "search_gpt3_175b_1024", "pdes_packet_a2a", "sweep_slurm_1000"}));
}

TEST(BenchmarksTest, AFilterKeepsWhatContainsItOrTheOneItNames) {
  const std::vector<Benchmark> some = {{.name = "a_1"}, {.name = "a_1_long"}, {.name = "b"}};
  EXPECT_THAT(Names(Matching(some, "")), ElementsAre("a_1", "a_1_long", "b"));
  EXPECT_THAT(Names(Matching(some, "a_")), ElementsAre("a_1", "a_1_long"));
  EXPECT_THAT(Names(Matching(some, "a_1")), ElementsAre("a_1"));
  EXPECT_THAT(Matching(some, "c"), IsEmpty());
}

}  // namespace
}  // namespace tessera
