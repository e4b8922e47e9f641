#include "partition/weight_stream.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/partition/scenarios.h"

namespace tessera {
namespace {

using std::chrono::microseconds;

// Two ranks of a tensor group; the writer and the stream over it.
struct Layer {
  explicit Layer(Duration room) : stream(out, room) {}

  RankMap map{PlanSpec{.tensor = 2, .data = 1}, 2};
  LabelTable labels;
  InstructionWriter out{map, labels};
  WeightStream stream;
};

CollectiveCall AllReduceOf(int32_t runs) {
  return {.op = CollectiveOp::kAllReduce, .bytes = Bytes(1 << 14), .label = "layer", .count = runs};
}

// A product of 10 us, of which 8 load its weights; 1,000 bytes.
Work Product() {
  Work work;
  work.by_class[static_cast<size_t>(OperatorClass::kMlp)] = {.time = microseconds(10),
                                                             .matrix_flops = 7,
                                                             .memory_bytes = Bytes(1000),
                                                             .loads = microseconds(8)};
  return work;
}

std::vector<InstructionKind> KindsOf(const std::vector<Instruction>& instructions) {
  std::vector<InstructionKind> kinds;
  for (const Instruction& i : instructions) kinds.push_back(i.kind);
  return kinds;
}

using enum InstructionKind;

TEST(WeightStreamTest, LoadsRunWhileTheAllReduceIsOnItsWay) {
  Layer layer(microseconds(100));
  layer.stream.AllReduce(AllReduceOf(3));
  layer.stream.Compute(Product().Times(3), "layer");
  const std::vector<Instruction> done = layer.out.Take();
  ASSERT_EQ(KindsOf(done),
            (std::vector<InstructionKind>{kCollectiveAsync, kCompute, kWait, kCompute}));
  EXPECT_EQ(done[0].count, 3);
  EXPECT_EQ(done[0].tag, done[2].tag);
  EXPECT_EQ(done[1].duration, microseconds(24));
  EXPECT_EQ(done[3].duration, microseconds(6));
  EXPECT_EQ(done[1].matrix_flops, 0);
  EXPECT_EQ(done[3].matrix_flops, 21);
  EXPECT_EQ(done[1].memory_bytes + done[3].memory_bytes, Bytes(3000));
}

TEST(WeightStreamTest, LoadsStopWhenTheBufferIsFull) {
  Layer layer(microseconds(2));
  layer.stream.AllReduce(AllReduceOf(3));
  layer.stream.Compute(Product().Times(3), "layer");
  const std::vector<Instruction> done = layer.out.Take();
  ASSERT_EQ(done.size(), 4u);
  EXPECT_EQ(done[1].duration, microseconds(6));
  EXPECT_EQ(done[1].duration + done[3].duration, microseconds(30));
}

TEST(WeightStreamTest, WithoutABufferEverythingWaits) {
  Layer layer(Duration{});
  layer.stream.AllReduce(AllReduceOf(1));
  layer.stream.Compute(Product(), "layer");
  EXPECT_EQ(KindsOf(layer.out.Take()), (std::vector<InstructionKind>{kCollective, kCompute}));
}

TEST(WeightStreamTest, ArithmeticWaitsForItsOperand) {
  Layer layer(microseconds(100));
  Work attention = Product();
  attention.by_class[static_cast<size_t>(OperatorClass::kMlp)].loads = Duration{};
  layer.stream.AllReduce(AllReduceOf(1));
  layer.stream.Compute(attention, "layer");
  EXPECT_EQ(KindsOf(layer.out.Take()), (std::vector<InstructionKind>{kCollective, kCompute}));
}

TEST(WeightStreamTest, ACollectiveThatNothingFollowsIsWrittenAtTheEnd) {
  Layer layer(microseconds(100));
  layer.stream.AllReduce(AllReduceOf(1));
  layer.stream.Rest();
  layer.stream.Rest();
  EXPECT_EQ(KindsOf(layer.out.Take()), std::vector<InstructionKind>{kCollective});
}

TEST(WeightStreamTest, HalfOfTheMemoryOnTheChipIsTheRoom) {
  ChipSpec chip = TestSystem().chip;
  EXPECT_EQ(StreamingRoom(chip), Duration{});
  chip.sram.emplace().total = Bytes(200'000'000);
  chip.memory[0].achieved_fraction = 1;
  EXPECT_EQ(StreamingRoom(chip), microseconds(100));
}

}  // namespace
}  // namespace tessera
