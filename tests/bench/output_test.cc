#include "bench/output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tessera {
namespace {

const Benchmark& Ready() {
  static const Benchmark ready = {
      .name = "phold_1024x16", .item = "event", .run = [] { return 1; }};
  return ready;
}

const Benchmark& Later() {
  static const Benchmark later = {.name = "noc_mesh_8x8", .item = "flit-hop"};
  return later;
}

constexpr Measurement kMeasurement = {
    .items = 3'000'000, .cpu_s = 0.5, .wall_s = 0.75, .peak_rss_bytes = 3 << 20};

TEST(OutputTest, TheTableIsAligned) {
  EXPECT_EQ(TableHeader() + TableLine(Ready(), kMeasurement) + PlannedLine(Later()),
            "benchmark                       items            items per CPU-s      CPU s     wall s"
            "   peak MiB\n"
            "phold_1024x16                 3000000 events             6000000      0.500      0.750"
            "        3.0\n"
            "noc_mesh_8x8             not there yet\n");
}

TEST(OutputTest, AJsonLineHasExactlyThePromisedKeys) {
  const std::string line = JsonLine(Ready(), kMeasurement);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(nlohmann::json::parse(line), nlohmann::json({{"name", "phold_1024x16"},
                                                         {"items", 3'000'000},
                                                         {"items_per_cpu_s", 6'000'000.0},
                                                         {"cpu_s", 0.5},
                                                         {"wall_s", 0.75},
                                                         {"peak_rss_bytes", 3 << 20}}));
}

TEST(OutputTest, WhatIsSplitIsComparedWithOneProcess) {
  Measurement undivided = kMeasurement;
  undivided.cpu_s = 0.4;
  undivided.wall_s = 1.5;
  EXPECT_EQ(ComparisonLine(kMeasurement, undivided),
            "  on one process: 0.400 CPU s, 1.500 wall s; split: 1.25 of the CPU time, 0.50 of the "
            "wall time\n");
  const auto json = nlohmann::json::parse(JsonLine(Ready(), kMeasurement, undivided));
  EXPECT_EQ(json["cpu_s"], 0.5);
  EXPECT_EQ(json["undivided_cpu_s"], 0.4);
  EXPECT_EQ(json["undivided_wall_s"], 1.5);
  EXPECT_DOUBLE_EQ(json["cpu_ratio"].get<double>(), 1.25);
  EXPECT_DOUBLE_EQ(json["wall_ratio"].get<double>(), 0.5);
}

TEST(OutputTest, TheListSaysWhatIsNotThereYet) {
  EXPECT_EQ(ListText({Ready(), Later()}),
            "phold_1024x16            counts events\n"
            "noc_mesh_8x8             not there yet\n");
}

}  // namespace
}  // namespace tessera
