#include "collectives/collective.h"

#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(CollectiveOpTest, NamesAreReadBack) {
  for (int i = 0; i <= static_cast<int>(CollectiveOp::kSendRecv); ++i) {
    const auto op = static_cast<CollectiveOp>(i);
    const auto parsed = ParseCollectiveOp(CollectiveOpName(op));
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(*parsed, op);
  }
  EXPECT_THAT(ParseHarness("nccl"),
              FailsWith("unknown harness \"nccl\"; use one of graph, nccl_tests, torch, library, "
                        "in_model"));
  for (const char* name : {"allreduce", "all-reduce", "all_reduce_perf", "AllReduce"}) {
    const auto parsed = ParseCollectiveOp(name);
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(*parsed, CollectiveOp::kAllReduce);
  }
  EXPECT_THAT(ParseCollectiveOp("al_reduce"),
              FailsWith("unknown collective operation \"al_reduce\"; did you mean "
                        "\"all_reduce\"? accepted: all_reduce, "
                        "all_gather, reduce_scatter, all_to_all, all_to_allv, broadcast, reduce, "
                        "gather, scatter, barrier, send_recv"));
}

// coll-busbw-factors: 10^9 bytes in 10 ms on 8 ranks.
TEST(BusBandwidthTest, FactorsAreThoseOfNcclTests) {
  const auto busbw = [](CollectiveOp op) { return 1e9 / 0.01 * BusBandwidthFactor(op, 8) / 1e9; };
  EXPECT_NEAR(busbw(CollectiveOp::kAllReduce), 175.0, 175e-9);
  EXPECT_NEAR(busbw(CollectiveOp::kAllGather), 87.5, 87e-9);
  EXPECT_NEAR(busbw(CollectiveOp::kReduceScatter), 87.5, 87e-9);
  EXPECT_NEAR(busbw(CollectiveOp::kAllToAll), 87.5, 87e-9);
  EXPECT_NEAR(busbw(CollectiveOp::kBroadcast), 100.0, 1e-7);
  EXPECT_NEAR(busbw(CollectiveOp::kReduce), 100.0, 1e-7);
  EXPECT_NEAR(busbw(CollectiveOp::kSendRecv), 100.0, 1e-7);
  EXPECT_NEAR(busbw(CollectiveOp::kScatter), 87.5, 87e-9);
  EXPECT_NEAR(busbw(CollectiveOp::kGather), 87.5, 87e-9);
}

}  // namespace
}  // namespace tessera
