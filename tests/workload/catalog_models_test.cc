// Every model that is shipped, against the counts its file states.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "configs/catalog.h"
#include "workload/layer_operators.h"

namespace tessera {
namespace {

// Value of "key: NUMBER" in the model's file, 0 if absent.
double Stated(const std::string& model, absl::string_view key) {
  std::ifstream file("configs/models/" + model + ".yaml");
  std::string line;
  double value = 0;
  while (std::getline(file, line)) {
    absl::string_view text = absl::StripAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&text, key) || !absl::ConsumePrefix(&text, ": ")) continue;
    EXPECT_TRUE(absl::SimpleAtod(text, &value)) << line;
  }
  return value;
}

// What some of the stated counts leave out: norms, learned positions, balancing biases.
double SometimesLeftOut(const ModelSpec& model) {
  double count = (2.0 * model.layers + 1) * model.hidden;
  if (model.learned_positions) count += double{1} * model.max_context * model.hidden;
  if (model.moe && model.moe->router_bias) count += double{1} * model.layers * model.moe->experts;
  return count;
}

TEST(CatalogModelsTest, ParametersAgreeToThePrintedDigits) {
  constexpr double kHalfDigit = 0.0051;
  const Catalog catalog("configs");
  for (const std::string& name : catalog.ModelNames()) {
    const absl::StatusOr<ModelSpec> model = catalog.LoadModel(name);
    ASSERT_TRUE(model.ok()) << model.status();
    const ParameterCounts count = CountParameters(*model);
    const double left_out = SometimesLeftOut(*model) / 1e9;
    for (const auto& [key, counted] : {std::pair{"total_billion_computed", count.total / 1e9},
                                       std::pair{"active_billion_computed", count.active / 1e9}}) {
      EXPECT_LT(Stated(name, key), counted + kHalfDigit) << name;
      EXPECT_GT(Stated(name, key), counted - left_out - kHalfDigit) << name;
    }
  }
}

TEST(CatalogModelsTest, CachesAgreeToTheByte) {
  const Catalog catalog("configs");
  for (const std::string& name : catalog.ModelNames()) {
    const double stated = Stated(name, "kv_cache_bytes_per_token_bf16");
    if (stated == 0) continue;
    EXPECT_EQ(KvBytesPerToken(*catalog.LoadModel(name), Precision::kBf16), stated) << name;
  }
}

}  // namespace
}  // namespace tessera
