// Work of masks that lay tokens out into slots of experts.
#include "workload/capacity_dispatch.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

constexpr double kFactor = 1.25;

ModelSpec Sparse() {
  ModelSpec model;
  model.hidden = 1024;
  model.heads = model.kv_heads = 8;
  model.moe = MoeSpec{.experts = 8, .experts_per_token = 2, .expert_ffn = 2048, .moe_layers = 1};
  return model;
}

double FlopsOf(const std::vector<Operator>& list) {
  double flops = 0;
  for (const Operator& op : list) flops += MatrixFlops(op).value();
  return flops;
}

ShardShape ShapeOf(int64_t sequences, int64_t tokens) {
  ShardShape shape;
  shape.batch = sequences;
  shape.q_len = shape.kv_len = tokens;
  shape.training = true;
  return shape;
}

TEST(CapacityDispatch, EveryTokenMeetsEverySlot) {
  const double tokens = 4096;
  const double slots = kFactor * 2 * tokens;
  const double product = 2 * tokens * slots * 1024;
  EXPECT_EQ(FlopsOf(CapacityDispatchForward(Sparse(), ShapeOf(1, 4096), kFactor)), 2 * product);
  EXPECT_EQ(FlopsOf(CapacityDispatchBackward(Sparse(), ShapeOf(1, 4096), kFactor)), 3 * product);
}

TEST(CapacityDispatch, GrowsWithTheSquareOfASequenceAndWithTheirNumber) {
  const auto forward = [](int64_t sequences, int64_t tokens) {
    return FlopsOf(CapacityDispatchForward(Sparse(), ShapeOf(sequences, tokens), kFactor));
  };
  for (const int64_t tokens : {512, 1024, 4096}) {
    EXPECT_EQ(forward(1, 2 * tokens), 4 * forward(1, tokens));
    EXPECT_EQ(forward(6, tokens), 6 * forward(1, tokens));
  }
}

}  // namespace
}  // namespace tessera
