#include "nodes/bounds.h"

#include <gtest/gtest.h>

#include "tests/nodes/machine.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::microseconds;

// 1 TFLOP/s and 1 GB/s.
ChipSpec SlowChip() {
  ChipSpec chip;
  chip.matrix_peak.Set(Precision::kBf16, FlopRate(1e12));
  MemoryTierSpec memory;
  memory.bandwidth = Bandwidth::GigabytesPerSecond(1);
  chip.memory.push_back(memory);
  return chip;
}

class BoundsTest : public testing::Test {
 protected:
  absl::StatusOr<Duration> Check(const Instruction& work, Bytes on_link, Duration makespan) const {
    const ProgramSet programs = ProgramOfEachRank({{work}});
    const auto topology = FullMesh(2);
    const std::vector<Bytes> link_bytes = {on_link, Bytes()};
    return CheckBounds({.programs = programs,
                        .chip = chip_,
                        .topology = *topology,
                        .link_bytes = link_bytes,
                        .makespan = makespan});
  }
  const ChipSpec chip_ = SlowChip();
};

TEST_F(BoundsTest, ReturnsTheLargest) {
  Instruction work = Compute(microseconds(10));
  work.matrix_flops = 4e6;           // 4 us.
  work.memory_bytes = Bytes(5'000);  // 5 us.
  EXPECT_EQ(*Check(work, Bytes(), microseconds(10)), microseconds(5));
  EXPECT_EQ(*Check(work, Bytes(8'000), microseconds(10)), microseconds(8));
}

TEST_F(BoundsTest, ComputationAbovePeakIsAFault) {
  Instruction work = Compute(microseconds(3));
  work.matrix_flops = 4e6;
  EXPECT_THAT(Check(work, Bytes(), microseconds(10)),
              FailsWith("the computation of program 0 took 3000000 ps, below its physical bound of "
                        "4000000 ps"));
}

TEST_F(BoundsTest, MemoryTrafficAboveBandwidthIsAFault) {
  Instruction work = Compute(microseconds(3));
  work.memory_bytes = Bytes(5'000);
  EXPECT_THAT(Check(work, Bytes(), microseconds(10)), FailsContaining("bound of 5000000 ps"));
}

TEST_F(BoundsTest, ALinkAboveItsCapacityIsAFault) {
  EXPECT_THAT(Check(Compute(microseconds(3)), Bytes(8'000), microseconds(3)),
              FailsWith("the run took 3000000 ps, below its physical bound of 8000000 ps"));
}

TEST_F(BoundsTest, AFabricFasterThanItsLinksIsAFault) {
  const ProgramSet set = ProgramOfEachRank(
      {{AllReduce(Axis::kTensor, 1'000'000)}, {AllReduce(Axis::kTensor, 1'000'000)}});
  MachineOptions options{.plan = {.tensor = 2, .data = 1}};
  options.nanoseconds_per_kilobyte = 500;
  EXPECT_THAT(
      RunOnTestMachine(set, options),
      FailsWith("all_reduce of 1000000 bytes along tensor (call 1) took 500000000 ps, below "
                "its physical bound of 1000000000 ps"));
}

}  // namespace
}  // namespace tessera
