// Collectives as benchmarks run them.
#include "absl/strings/str_cat.h"
#include "study/prediction.h"
#include "tests/status_matchers.h"
#include "tests/study/case_text.h"

namespace tessera {
namespace {

MeasurementCase AllReduce(absl::string_view chip, int64_t bytes) {
  return CaseFromText(
      absl::StrCat("{chip: ", chip,
                   ", chips: 8, ranks_per_chip: 1, chips_per_node: 8, topology: nvswitch, shape: "
                   "null, scale_up_gbytes_per_s_per_direction: null, scale_out: null}"),
      absl::StrCat("{kind: collective, operation: all_reduce, ranks: 8, ranks_per_node: 8, ",
                   "message_bytes: ", bytes, ", library: nccl, harness: nccl_tests}"),
      "{quantity: time, value: 1, unit: s}");
}

double Microseconds(const MeasurementCase& c) {
  const auto predicted = Predict(c, Catalog("configs"));
  EXPECT_THAT(predicted, IsOk());
  return predicted.ok() ? predicted->value * 1e6 : 0;
}

// Azure publishes 43.4 us at 8 KiB and 42.5 us at 64 KiB for A100, 30.5 us at 8 KiB for H200.
TEST(CollectivePredictionTest, OneThreadIssuesTheKernelsOfAllItsRanksOneByOne) {
  for (const int64_t bytes : {8192, 65536}) {
    MeasurementCase c = AllReduce("nvidia_a100_sxm_80gb", bytes);
    EXPECT_LT(Microseconds(c), 25);
    c.notes = "busbw 1.31 GB/s; tool: nccl-tests all_reduce_perf -g 8";
    EXPECT_NEAR(Microseconds(c), 43, 1);
    c.notes = "tool: nccl-tests all_reduce_perf -g 1";
    EXPECT_LT(Microseconds(c), 25);
  }
  const MeasurementCase azure =
      PublishedAt("github.com/Azure/AI-benchmarking-guide Azure_Results/ND_H200_v5_results.md",
                  AllReduce("nvidia_h200_sxm_141gb", 8192));
  EXPECT_NEAR(Microseconds(azure), 31, 1);
}

TEST(CollectivePredictionTest, LongOperationsHideTheIssueOfTheirKernels) {
  MeasurementCase c = AllReduce("nvidia_a100_sxm_80gb", int64_t{64} << 20);
  const double alone = Microseconds(c);
  c.notes = "-g 8";
  EXPECT_EQ(Microseconds(c), alone);
}

}  // namespace
}  // namespace tessera
