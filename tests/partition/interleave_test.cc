#include "partition/interleave.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tessera {
namespace {

Instruction Compute(int microseconds) {
  Instruction i;
  i.duration = std::chrono::microseconds(microseconds);
  return i;
}

Instruction Exchange() {
  Instruction i;
  i.kind = InstructionKind::kCollective;
  i.axis = Axis::kExpert;
  i.op = CollectiveOp::kAllToAll;
  return i;
}

// c: compute, x: started exchange, w: wait; upper case of the second slot.
std::string Shape(const std::vector<Instruction>& list) {
  std::string text;
  for (const Instruction& i : list) {
    const bool second = i.tag == static_cast<int32_t>(WaitSlot::kExpertSecondHalf);
    if (i.kind == InstructionKind::kCompute) text += 'c';
    if (i.kind == InstructionKind::kCollectiveAsync) text += second ? 'X' : 'x';
    if (i.kind == InstructionKind::kWait) text += second ? 'W' : 'w';
  }
  return text;
}

TEST(Interleave, ExchangesOfOneListHideUnderTheOther) {
  const std::vector<Instruction> layer = {Compute(1), Exchange(), Compute(2), Exchange(),
                                          Compute(3)};
  EXPECT_EQ(Shape(Interleave(layer, layer, 1)), "cxcXwcxWcXwcWc");
}

TEST(Interleave, AListWithoutExchangesRunsUnderTheFirstOfTheOther) {
  EXPECT_EQ(Shape(Interleave({Compute(1), Exchange(), Compute(1)}, {Compute(1), Compute(1)}, 1)),
            "cxccwc");
  EXPECT_EQ(Shape(Interleave({Exchange()}, {}, 1)), "xw");
}

TEST(Interleave, ComputationBesideExchangesIsStretched) {
  const Duration stretched = Interleave({Compute(10)}, {}, 1.5)[0].duration;
  EXPECT_NEAR(ToSeconds(stretched), 15e-6, 1e-11);
}

}  // namespace
}  // namespace tessera
