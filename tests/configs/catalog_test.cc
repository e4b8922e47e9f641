// Every description that ships loads, and the figures arrive in the structs with their units.
#include "configs/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

Catalog Shipped() { return Catalog("configs"); }

TEST(CatalogTest, HoldsAllDescriptionsAndLoadsThem) {
  const Catalog catalog = Shipped();
  EXPECT_EQ(catalog.ChipNames().size(), 49U);
  EXPECT_EQ(catalog.LinkNames().size(), 42U);
  EXPECT_EQ(catalog.ModelNames().size(), 48U);
  EXPECT_EQ(catalog.SystemNames().size(), 25U);
  EXPECT_EQ(catalog.ExchangeKernelNames().size(), 8U);
  for (const std::string& name : catalog.ChipNames()) {
    EXPECT_THAT(catalog.LoadChip(name), IsOk());
  }
  for (const std::string& name : catalog.ExchangeKernelNames()) {
    EXPECT_THAT(catalog.LoadExchangeKernel(name), IsOk());
  }
  for (const std::string& name : catalog.LinkNames()) {
    EXPECT_THAT(catalog.LoadLink(name), IsOk());
  }
  for (const std::string& name : catalog.ModelNames()) {
    EXPECT_THAT(catalog.LoadModel(name), IsOk());
  }
  for (const std::string& name : catalog.SystemNames()) {
    EXPECT_THAT(catalog.LoadSystem(name), IsOk());
  }
}

TEST(CatalogTest, AChipArrivesWithUnitsAndSources) {
  const auto chip = Shipped().LoadChip("nvidia_h100_sxm_80gb");
  ASSERT_THAT(chip, IsOk());
  EXPECT_EQ(chip->name, "nvidia_h100_sxm_80gb");
  EXPECT_EQ(chip->style, ExecutionStyle::kSimt);
  EXPECT_EQ(chip->core_count, 132);
  EXPECT_EQ(chip->matrix_ghz, 1.83);
  EXPECT_EQ(chip->matrix_peak.Get(Precision::kBf16)->value(), 989e12);
  EXPECT_EQ(chip->matrix_peak.Get(Precision::kFp16)->value(), 989e12);
  EXPECT_EQ(chip->matrix_peak.Get(Precision::kMxfp8)->value(), 1979e12);
  EXPECT_FALSE(chip->matrix_peak.Get(Precision::kNvfp4).has_value());
  ASSERT_EQ(chip->memory.size(), 1U);
  EXPECT_EQ(chip->memory[0].capacity, Bytes::GiB(80));
  EXPECT_EQ(chip->memory[0].bandwidth, Bandwidth::GigabytesPerSecond(3350));
  EXPECT_EQ(chip->memory[0].latency, Duration(262'000));
  EXPECT_EQ(chip->memory[0].provenance.confidence, Confidence::kVendor);
  EXPECT_EQ(chip->llc->total, Bytes::MiB(50));
  EXPECT_TRUE(chip->llc->is_cache);
  EXPECT_EQ(chip->scale_up->link, "nvlink4");
  EXPECT_EQ(chip->scale_up->bandwidth_per_direction, Bandwidth::GigabytesPerSecond(450));
  EXPECT_EQ(chip->scale_out_bandwidth, Bandwidth::GigabitsPerSecond(400));
  EXPECT_EQ(chip->tdp->value(), 700);
  EXPECT_DOUBLE_EQ(chip->cloud_price_per_hour->value(), (1.99 + 5) / 2);
  EXPECT_EQ(chip->overhead->kernel_launch, Duration(4'000'000));
}

TEST(CatalogTest, WhatIsUnknownIsAbsent) {
  const auto chip = Shipped().LoadChip("google_tpu_v5e");
  ASSERT_THAT(chip, IsOk());
  EXPECT_FALSE(chip->llc.has_value());
  EXPECT_FALSE(chip->memory[0].latency.has_value());
  EXPECT_FALSE(chip->overhead->core_bandwidth.has_value());
}

TEST(CatalogTest, ASystemHoldsItsChipAndLinks) {
  const auto system = Shipped().LoadSystem("dgx_h100");
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->chip.name, "nvidia_h100_sxm_80gb");
  EXPECT_EQ(system->chips_per_node, 8);
  EXPECT_EQ(system->scale_up, ScaleUpTopology::kSwitch);
  EXPECT_TRUE(system->in_network_reduction);
  EXPECT_EQ(system->scale_up_link->name, "nvlink4");
  EXPECT_EQ(system->scale_up_link->latency, Duration(500'000));
  EXPECT_EQ(system->scale_up_link->energy_per_bit->value(), 5.5e-12);
  EXPECT_EQ(system->scale_out->link.name, "infiniband_ndr");
  EXPECT_EQ(system->scale_out->nic_bandwidth, Bandwidth::GigabitsPerSecond(400));
  EXPECT_EQ(system->scale_out->nics_per_node, 8);
}

// Links that the chip describes are taken from it.
TEST(CatalogTest, ChipsMayHaveDiesAndTiles) {
  const auto scenario = Catalog("configs").ParseScenario(R"(
system:
  base: mi300x_platform
  ranks_per_chip: 16
  inside:
    dies: {shape: [2, 2], latency: 20 ns, ports: 2}
    tiles: {shape: [2, 4], wraps: true, bandwidth: 100 GB/s, latency: 2 ns}
collective: {operation: all_to_all, bytes: 1 MiB}
)",
                                                         "s.yaml");
  ASSERT_THAT(scenario, IsOk());
  const InsideSpec& inside = scenario->system.inside;
  EXPECT_THAT(inside.dies->extents, testing::ElementsAre(2, 2));
  EXPECT_EQ(inside.dies->bandwidth, Bandwidth::GigabytesPerSecond(1200));
  EXPECT_EQ(inside.dies->latency, Duration(20'000));
  EXPECT_EQ(inside.dies->ports, 2);
  EXPECT_EQ(inside.dies->homes, 4);
  EXPECT_EQ(inside.tiles->homes, 4);
  EXPECT_TRUE(inside.tiles->wraps);
  EXPECT_EQ(scenario->system.ranks_per_vertex(), 1);
}

TEST(CatalogTest, AModelHoldsItsShape) {
  const auto model = Shipped().LoadModel("deepseek_v3_r1_671b");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->layers, 61);
  EXPECT_EQ(model->mla->kv_lora_rank, 512);
  EXPECT_EQ(model->moe->moe_layers, 58);
  EXPECT_EQ(model->moe->expert_groups, 8);
  EXPECT_EQ(model->mtp_layers, 1);
  EXPECT_EQ(model->native_weight_bits, 8);
}

TEST(CatalogTest, ALibraryHoldsItsConstants) {
  const auto nccl = Shipped().LoadLibrary("nccl");
  ASSERT_THAT(nccl, IsOk());
  EXPECT_EQ(nccl->harness_torch, Duration(20'000'000));
  const auto hopper =
      std::find_if(nccl->systems.begin(), nccl->systems.end(),
                   [](const LibrarySystem& s) { return MatchesAny(s.generations, "hopper"); });
  ASSERT_NE(hopper, nccl->systems.end());
  ASSERT_FALSE(hopper->algorithms.empty());
  EXPECT_EQ(hopper->algorithms[0].algorithm, "ring");
  EXPECT_EQ(hopper->algorithms[0].protocol, "LL");
}

TEST(CatalogTest, AChipComesWithTheLibrariesThatKnowItItsVendorsFirst) {
  const auto chip = Shipped().LoadChip("nvidia_h100_sxm_80gb");
  ASSERT_THAT(chip, IsOk());
  ASSERT_FALSE(chip->libraries.empty());
  EXPECT_EQ(chip->libraries.front().name, "nccl");
}

TEST(CatalogTest, TheShippedScenariosLoad) {
  const Catalog catalog = Shipped();
  EXPECT_GE(catalog.ScenarioNames().size(), 17U);
  for (const std::string& name : catalog.ScenarioNames()) {
    EXPECT_THAT(catalog.LoadScenario("configs/scenarios/" + name + ".yaml"), IsOk());
  }
}

TEST(CatalogTest, UnknownNamesComeWithTheClosestOne) {
  EXPECT_THAT(Shipped().LoadChip("nvidia_h100_smx_80gb"),
              FailsContaining("no \"nvidia_h100_smx_80gb\" in configs/chips; did you mean "
                              "\"nvidia_h100_sxm_80gb\"? accepted: "));
}

TEST(CatalogTest, TheFolderIsFoundFromTheBinary) {
  const auto found = FindConfigs();
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(Catalog(*found).LoadChip("nvidia_a100_sxm_80gb"), IsOk());
}

}  // namespace
}  // namespace tessera
