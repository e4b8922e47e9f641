// Dispatch and combine of published cases, with small machines.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "study/prediction.h"
#include "tests/status_matchers.h"
#include "tests/study/case_text.h"

namespace tessera {
namespace {

constexpr char kTime[] = "{quantity: time, value: 1, unit: s}";

std::string H800(int chips) {
  return absl::StrCat("{chip: nvidia_h800_sxm_80gb, chips: ", chips,
                      ", ranks_per_chip: 1, chips_per_node: 8, topology: nvswitch, shape: null, "
                      "scale_up_gbytes_per_s_per_direction: null, scale_out: {link: "
                      "infiniband_ndr, gbits_per_s_per_nic: 400, nics_per_node: 8}}");
}

// DeepSeek-V3: 128 tokens a rank, 8 of 256 experts, 7168 wide; `more` keys.
std::string Exchange(absl::string_view operation, int ep, absl::string_view more) {
  return absl::StrCat("{kind: moe_exchange, operation: ", operation, ", ep: ", ep,
                      ", tokens_per_rank: 128, hidden: 7168, topk: 8, experts: 256, precision: ",
                      operation == "dispatch" ? "fp8" : "bf16", ", ", more, "}");
}

absl::StatusOr<Prediction> Predicted(int chips, const std::string& task,
                                     const std::string& measured = kTime) {
  return Predict(CaseFromText(H800(chips), task, measured), Catalog("configs"));
}

constexpr char kLowLatency[] =
    "routing: uniform, mode: low_latency, implementation: deepep_v1, path: ";

TEST(ExchangePredictionTest, LowLatencyKernelsAreMetInsideANodeAndOverNics) {
  struct Row {
    const char* operation;
    int ep;
    const char* path;
    double measured;  // DeepEP docs/legacy.md and README.md of the first release.
  };
  for (const Row& row :
       {Row{"dispatch", 8, "scale_up_only", 77e-6}, Row{"combine", 8, "scale_up_only", 114e-6},
        Row{"dispatch", 8, "nic_only", 163e-6}, Row{"combine", 32, "nic_only", 350e-6}}) {
    const auto predicted =
        Predicted(row.ep, Exchange(row.operation, row.ep, absl::StrCat(kLowLatency, row.path)));
    ASSERT_THAT(predicted, IsOk());
    EXPECT_NEAR(std::log(predicted->value / row.measured), 0, 0.13)
        << row.operation << " " << row.ep << " " << row.path;
  }
}

TEST(ExchangePredictionTest, MoreRanksMakeTheFullestOneFuller) {
  double before = 0;
  for (const int ep : {8, 16, 32, 64}) {
    const auto predicted =
        Predicted(ep, Exchange("dispatch", ep, absl::StrCat(kLowLatency, "nic_only")));
    ASSERT_THAT(predicted, IsOk());
    EXPECT_GT(predicted->value, before);
    before = predicted->value;
  }
}

TEST(ExchangePredictionTest, BandwidthCountsCopiesOfTheOwnNodeToo) {
  const std::string task = Exchange("dispatch", 16,
                                    "routing: balanced, mode: high_throughput, implementation: "
                                    "deepep_v1, copies_per: node, bandwidth_counts: nodes");
  const auto time = Predicted(16, task);
  const auto bandwidth =
      Predicted(16, task, "{quantity: exchange_bandwidth, value: 1, unit: bytes/s}");
  ASSERT_THAT(time, IsOk());
  ASSERT_THAT(bandwidth, IsOk());
  // Eight experts dealt over 16 ranks in turn: 16 places where a token's run of 8 may begin, in 14
  // of which it touches both nodes.
  EXPECT_NEAR(bandwidth->value * time->value / (128 * 7392.0), 30.0 / 16, 0.01);
}

// 172.2 us in MXFP8, 101.7 us in NVFP4: both tables come from runs with --perfect_router.
TEST(ExchangePredictionTest, TheBenchmarkOfOneSidedKernelsDealsExpertsInTurn) {
  struct Row {
    const char* precision;
    int bytes_per_token;
    double measured;
  };
  for (const Row& row : {Row{"mxfp8", 7392, 172.2e-6}, Row{"nvfp4", 4032, 101.7e-6}}) {
    const MeasurementCase c = CaseFromText(
        "{chip: nvidia_gb200_per_gpu, chips: 8, ranks_per_chip: 1, chips_per_node: 72, topology: "
        "nvswitch, shape: null, scale_up_gbytes_per_s_per_direction: null, scale_out: null}",
        absl::StrCat("{kind: moe_exchange, operation: dispatch, ep: 8, tokens_per_rank: 2048, "
                     "hidden: 7168, topk: 8, experts: 256, precision: ",
                     row.precision, ", bytes_per_token: ", row.bytes_per_token,
                     ", routing: uniform, mode: low_latency, path: scale_up_only, "
                     "implementation: trtllm_one_sided, copies_per: rank}"),
        kTime);
    const auto drawn = Predict(c, Catalog("configs"));
    const auto dealt =
        Predict(PublishedAt("github.com/NVIDIA/TensorRT-LLM docs/source/blogs/tech_blog/blog18", c),
                Catalog("configs"));
    ASSERT_THAT(drawn, IsOk());
    ASSERT_THAT(dealt, IsOk());
    EXPECT_NEAR(std::log(dealt->value / row.measured), 0, 0.06) << row.precision;
    EXPECT_LT(drawn->value, 0.8 * dealt->value) << row.precision;
  }
}

TEST(ExchangePredictionTest, WhatIsNotDescribedIsNotPredicted) {
  EXPECT_THAT(Predicted(8, Exchange("all_to_all_padded", 8, "implementation: torch")),
              FailsWith("padded exchanges are not modelled yet"));
  EXPECT_THAT(Predicted(8, Exchange("dispatch", 8, "implementation: torch")),
              FailsWith("the costs of exchange kernels \"torch\" are not described yet"));
  EXPECT_THAT(Predicted(8, Exchange("dispatch", 8, "implementation: deepep_v2")),
              FailsWith("this family of kernels of deepep_v2 is not described yet"));
}

}  // namespace
}  // namespace tessera
