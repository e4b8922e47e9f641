#include "study/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "study/case_result_packing.h"
#include "study/noc_case.h"
#include "study/validation_output.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

const std::string kMeasurements = "tests/study/data/few_measurements.yaml";

absl::StatusOr<std::vector<CaseResult>> ValidateFew(const ValidateOptions& options) {
  return Validate({kMeasurements}, Catalog("configs"), options);
}

TEST(ValidateTest, EveryCaseHasAResultInTheOrderOfTheFile) {
  const auto results = ValidateFew({});
  ASSERT_THAT(results, IsOk());
  ASSERT_EQ(results->size(), 4U);
  const CaseResult& gemm = (*results)[1];
  EXPECT_EQ(gemm.id, "E-azure-gemm-a100-fp16-4096");
  EXPECT_EQ(gemm.status, CaseStatus::kOk) << gemm.reason;
  EXPECT_EQ(gemm.kind, "gemm");
  EXPECT_EQ(gemm.group, "azure_kernels/a100");
  EXPECT_EQ(gemm.expected, 0.000602802);
  // 2 * 4096^3 at the peak of 312 TFLOP/s is 441 us; a prediction lies between that and thrice it.
  EXPECT_GT(gemm.predicted.value_or(0), 441e-6);
  EXPECT_LT(gemm.predicted.value_or(0), 1323e-6);
  EXPECT_EQ((*results)[2].status, CaseStatus::kOk);
  EXPECT_EQ((*results)[3].status, CaseStatus::kUnsupported);
  EXPECT_FALSE((*results)[3].reason.empty());
  EXPECT_EQ((*results)[0].status, CaseStatus::kExcluded);
}

TEST(ValidateTest, TheNumberOfJobsChangesNothing) {
  const auto one = ValidateFew({.filter = "", .category = "", .jobs = 1});
  const auto three = ValidateFew({.filter = "", .category = "", .jobs = 3});
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(three, IsOk());
  EXPECT_EQ(ValidationJson(*one), ValidationJson(*three));
}

TEST(ValidateTest, FiltersLookAtIdGroupKindAndChip) {
  const auto by_kind = ValidateFew({.filter = "gemm", .category = ""});
  ASSERT_THAT(by_kind, IsOk());
  EXPECT_EQ(by_kind->size(), 2U);
  const auto by_chip = ValidateFew({.filter = "nvidia_b200", .category = ""});
  ASSERT_THAT(by_chip, IsOk());
  EXPECT_EQ(by_chip->size(), 1U);
  const auto by_category = ValidateFew({.filter = "", .category = "A"});
  ASSERT_THAT(by_category, IsOk());
  EXPECT_TRUE(by_category->empty());
}

TEST(ValidateTest, AFileThatCannotBeReadIsAnError) {
  EXPECT_THAT(Validate({"none.yaml"}, Catalog("configs"), {}),
              FailsWith("none.yaml: cannot be opened"));
}

TEST(ValidateTest, FluidOraclesAreMetPointByPoint) {
  const auto results = Validate({"tests/study/data/fluid_excerpt.yaml"}, Catalog("configs"), {});
  ASSERT_THAT(results, IsOk());
  ASSERT_GT(results->size(), 20U);
  for (const CaseResult& result : *results) {
    EXPECT_EQ(result.status, CaseStatus::kOk) << result.reason;
    EXPECT_EQ(result.category, "oracle");
    EXPECT_EQ(result.kind, "fluid-maxmin-1");
    EXPECT_EQ(result.id.substr(0, result.group.size() + 5), result.group + "/flow");
    EXPECT_EQ(result.pass, true) << result.id << ": " << *result.predicted;
  }
}

TEST(ValidateTest, NetworksOnChipFollowTheCurvesOfTheReferenceRouter) {
  for (const char* name : {"mesh4_uniform_p5", "mesh8_transpose_p1"}) {
    const auto results = Validate({"tests/study/data/noc.yaml"}, Catalog("configs"),
                                  {.filter = name, .category = ""});
    ASSERT_THAT(results, IsOk());
    ASSERT_GE(results->size(), 6U);
    for (const CaseResult& result : *results) {
      EXPECT_EQ(result.status, CaseStatus::kOk) << result.reason;
      EXPECT_EQ(result.kind, "noc-1");
      EXPECT_EQ(result.pass.has_value(), result.tolerance.has_value());
      EXPECT_TRUE(result.pass.value_or(true)) << result.id << ": " << *result.predicted;
    }
    EXPECT_EQ(results->back().id, std::string(name) + "/saturation");
    EXPECT_TRUE(results->back().pass.has_value());
  }
}

TEST(ValidateTest, PacketNetworksMeetTheirClosedForms) {
  const auto results = Validate({"tests/study/data/packet.yaml"}, Catalog("configs"), {});
  ASSERT_THAT(results, IsOk());
  ASSERT_EQ(results->size(), 13U);
  for (const CaseResult& result : *results) {
    EXPECT_EQ(result.status, CaseStatus::kOk) << result.reason;
    EXPECT_EQ(result.kind, "packet-1");
    EXPECT_EQ(result.pass, true) << result.id << ": " << *result.predicted;
  }
}

TEST(ValidateTest, AConfigurationThatNoNetworkOnChipHasIsUnsupported) {
  NocOracle oracle;
  oracle.config = {{"topology", "mesh"}, {"routing_function", "dor"}, {"num_vcs", "8"}};
  EXPECT_THAT(NocCaseOf(oracle), IsOk());
  oracle.config["speculative"] = "1";
  EXPECT_THAT(NocCaseOf(oracle), FailsWith("config: speculative: found 1; accepted: 0"));
  oracle.config["speculative"] = "0";
  oracle.config["vc_buf_size"] = "many";
  EXPECT_THAT(NocCaseOf(oracle), FailsWith("config: vc_buf_size: found many; accepted: a whole "
                                           "number"));
  oracle.config = {{"topology", "fly"}};
  EXPECT_THAT(NocCaseOf(oracle), FailsWith("config: topology: found fly; accepted: mesh, torus"));
  oracle.config = {{"topology", "mesh"}, {"routing_function", "dor"}, {"num_vcs", "8"}, {"x", "1"}};
  EXPECT_THAT(NocCaseOf(oracle), FailsWith("config: key x is not known"));
}

TEST(ValidationOutputTest, JsonFollowsTheContract) {
  const auto results = ValidateFew({});
  ASSERT_THAT(results, IsOk());
  const auto document = nlohmann::json::parse(ValidationJson(*results));
  ASSERT_EQ(document["cases"].size(), 4U);
  const auto& ran = document["cases"][1];
  for (const char* key : {"id", "file", "category", "kind", "group", "trust", "status", "reason",
                          "quantity", "expected", "predicted", "log_error", "tolerance", "pass"}) {
    EXPECT_TRUE(ran.contains(key)) << key;
  }
  EXPECT_EQ(ran["status"], "ok");
  EXPECT_TRUE(ran["reason"].is_null());
  EXPECT_TRUE(ran["tolerance"].is_null());
  EXPECT_NEAR(ran["log_error"].get<double>(),
              std::log(ran["predicted"].get<double>() / ran["expected"].get<double>()), 1e-12);
  EXPECT_TRUE(document["cases"][3]["predicted"].is_null());
  bool has_category = false;
  for (const auto& score : document["scores"]) {
    EXPECT_TRUE(score.contains("p90_abs_log_error"));
    if (score["subset"] != "E") continue;
    has_category = true;
    EXPECT_EQ(score["groups"], 1);
    EXPECT_EQ(score["cases"], 2);
  }
  EXPECT_TRUE(has_category);
}

TEST(ValidationOutputTest, TextAndMarkdownNameCasesGroupsAndReasons) {
  const auto results = ValidateFew({});
  ASSERT_THAT(results, IsOk());
  const std::string text = ValidationText(*results, {});
  EXPECT_NE(text.find("E-azure-gemm-a100-fp16-4096"), std::string::npos);
  EXPECT_NE(text.find("azure_kernels/a100: mean |log error|"), std::string::npos);
  EXPECT_NE(text.find("Did not run"), std::string::npos);
  EXPECT_NE(ValidationMarkdown(*results).find("| E | 1 | 2 |"), std::string::npos);
}

TEST(CaseResultPackingTest, ARoundTripIsExact) {
  CaseResult result;
  result.id = "A-x/point";
  result.status = CaseStatus::kOk;
  result.expected = 0.1;
  result.predicted = 1.0 / 3.0;
  result.pass = false;
  result.subsets = {"A", "collective"};
  const std::vector<CaseResult> back = UnpackCaseResults(PackCaseResults({result}));
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].id, "A-x/point");
  EXPECT_EQ(back[0].predicted, 1.0 / 3.0);
  EXPECT_EQ(back[0].pass, false);
  EXPECT_FALSE(back[0].tolerance.has_value());
  EXPECT_EQ(back[0].subsets, result.subsets);
}

}  // namespace
}  // namespace tessera
