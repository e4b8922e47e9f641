#include "chips/fusion.h"

#include <gtest/gtest.h>

#include "tests/chips/chips_for_tests.h"

namespace tessera {
namespace {

// A product in bf16 and a pass that narrows its result to int8.
std::vector<Operator> ProductAndQuantise(int64_t edge) {
  Operator quantise = Pass(Bytes(2 * edge * edge), Bytes(edge * edge));
  return {Product(edge, edge, edge), quantise};
}

TEST(FusionTest, KnownAnswerFusionMatmulQuant) {
  const std::vector<Operator> chain = ProductAndQuantise(4096);
  const auto edges = ChainEdges(ChipNamed("nvidia_h100_sxm_80gb"), chain);
  ASSERT_EQ(edges.size(), 1U);
  EXPECT_TRUE(edges[0].fits);
  EXPECT_EQ(UnfusedBytes(chain), Bytes(150994944));
  EXPECT_EQ(FusedBytes(chain, edges), Bytes(83886080));
  EXPECT_NEAR(1 - 83886080.0 / 150994944, 0.444444444444, 1e-9);
}

TEST(FusionTest, FusedChainsAreShorterAndMoveLess) {
  for (const char* name : {"nvidia_h100_sxm_80gb", "amd_mi300x", "tenstorrent_blackhole_p150"}) {
    const auto chip = ModelOf(name);
    const auto cost = CostOfChain(*chip, ProductAndQuantise(4096), {});
    ASSERT_TRUE(cost.ok()) << cost.status();
    EXPECT_LT(cost->fused.time, cost->unfused.time) << name;
    EXPECT_LT(cost->fused.energy.value(), cost->unfused.energy.value()) << name;
    EXPECT_EQ(cost->unfused.memory_bytes - cost->fused.memory_bytes, Bytes(67108864)) << name;
  }
}

// Whole rows of 28,672 values do not fit one core of a GPU, but the SRAM of a NeuronCore pair.
TEST(FusionTest, OnChipMemoryLimitsWhatFuses) {
  std::vector<Operator> chain = {Product(4096, 28672, 8192), Product(4096, 8192, 28672)};
  EXPECT_FALSE(ChainEdges(ChipNamed("nvidia_h100_sxm_80gb"), chain)[0].fits);
  EXPECT_TRUE(ChainEdges(ChipNamed("aws_trainium2"), chain)[0].fits);
}

TEST(FusionTest, AnEmptyChainIsRefused) {
  EXPECT_FALSE(CostOfChain(*ModelOf("nvidia_h100_sxm_80gb"), {}, {}).ok());
}

}  // namespace
}  // namespace tessera
