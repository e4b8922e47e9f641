// Cores that read and write memory across a chip's network.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "study/prediction.h"
#include "tests/status_matchers.h"
#include "tests/study/case_text.h"

namespace tessera {
namespace {

constexpr char kWormhole[] =
    "{chip: tenstorrent_wormhole_n150, chips: 1, ranks_per_chip: 1, chips_per_node: 1, topology: "
    "single, shape: null, scale_up_gbytes_per_s_per_direction: null, scale_out: null}";
constexpr char kBandwidth[] = "{quantity: bandwidth, value: 1, unit: bytes/s}";

absl::StatusOr<Prediction> Traffic(absl::string_view operation, int tiles, int noc,
                                   absl::string_view placement, int channels = 12) {
  return Predict(CaseFromText(kWormhole,
                              absl::StrCat("{kind: noc, operation: ", operation, ", tiles: ", tiles,
                                           ", dram_channels: ", channels,
                                           ", bytes_per_tile: 1048576, ", "placement: ", placement,
                                           ", virtual_channels: static, noc: ", noc, "}"),
                              kBandwidth),
                 Catalog("configs"));
}

double GBytesPerSecond(absl::string_view operation, int tiles, int noc, absl::string_view placement,
                       int channels = 12) {
  const auto predicted = Traffic(operation, tiles, noc, placement, channels);
  EXPECT_THAT(predicted, IsOk());
  return predicted.ok() ? predicted->value / 1e9 : 0;
}

// tenstorrent/tt-isa-documentation, WormholeB0/DRAMTile: 267.5 and 265.5 GB/s.
TEST(NocPredictionTest, CarefulPlacementReachesTheMemoryOnBothNetworks) {
  for (const int noc : {0, 1}) {
    for (const int tiles : {12, 48}) {
      EXPECT_NEAR(GBytesPerSecond("dram_read", tiles, noc, "adjacent"), 266, 6) << noc << tiles;
    }
  }
}

// The same source: 78.2 against 200.3 GB/s for 48 reading tiles, and the networks change places for
// writes.
TEST(NocPredictionTest, RandomPlacementMeetsTheColumnsOfMemory) {
  const double first = GBytesPerSecond("dram_read", 48, 0, "random_fair");
  const double second = GBytesPerSecond("dram_read", 48, 1, "random_fair");
  EXPECT_NEAR(std::log(first / 200.3), 0, 0.15);
  EXPECT_NEAR(std::log(second / 78.2), 0, 0.15);
  EXPECT_GT(GBytesPerSecond("dram_write", 48, 1, "random_fair"),
            1.5 * GBytesPerSecond("dram_write", 48, 0, "random_fair"));
}

TEST(NocPredictionTest, OneChannelIsNoFasterForMoreTiles) {
  for (const int tiles : {1, 12, 48}) {
    EXPECT_NEAR(GBytesPerSecond("dram_read", tiles, 0, "random_fair", 1), 22.2, 0.2) << tiles;
  }
}

TEST(NocPredictionTest, MoreTilesThanThereAreIsNotPredicted) {
  EXPECT_EQ(Traffic("dram_read", 96, 0, "random_fair").status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(NocPredictionTest, StepsTakeTheCyclesOfTheDescription) {
  const auto hop = Predict(CaseFromText(kWormhole, "{kind: noc, operation: router_hop}",
                                        "{quantity: latency_cycles, value: 9, unit: cycles}"),
                           Catalog("configs"));
  ASSERT_THAT(hop, IsOk());
  EXPECT_EQ(hop->value, 9);
}

}  // namespace
}  // namespace tessera
