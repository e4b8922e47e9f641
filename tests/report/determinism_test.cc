// The shipped scenarios, cut short, give the same bytes in every build and on every machine: this
// test runs in Release and Debug and once more with the CPU's wider instructions masked, against
// one file of hashes. TESSERA_UPDATE_GOLDEN=1 writes that file anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "report/result_json.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kGolden[] = "tests/golden/result_hashes.txt";

struct ShortScenario {
  const char* name;
  std::vector<std::string> overrides;
};

std::vector<ShortScenario> ShortScenarios() {
  return {{"llama3_70b_inference_h100", {"inference.output_tokens=3"}},
          {"deepseek_v3_decode_ep32_h100", {"inference.output_tokens=1"}},
          {"gpt3_175b_training_a100", {"training.global_batch=8"}}};
}

std::string HashOf(const ShortScenario& short_scenario) {
  const Catalog catalog("configs");
  const std::string path = std::string("configs/scenarios/") + short_scenario.name + ".yaml";
  const auto scenario = catalog.LoadScenario(path, short_scenario.overrides);
  EXPECT_THAT(scenario, IsOk());
  if (!scenario.ok()) return "";
  const auto result = Simulate(*scenario, {});
  EXPECT_THAT(result, IsOk());
  if (!result.ok()) return "";
  return ResultHash({.scenario = *scenario, .result = *result, .scenario_text = path});
}

std::map<std::string, std::string> ReadGolden() {
  std::map<std::string, std::string> golden;
  std::ifstream file(kGolden);
  for (std::string name, hash; file >> name >> hash;) golden[name] = hash;
  return golden;
}

TEST(Determinism, ShippedScenariosKeepTheirResultHashes) {
  std::map<std::string, std::string> hashes;
  for (const ShortScenario& scenario : ShortScenarios()) hashes[scenario.name] = HashOf(scenario);
  if (std::getenv("TESSERA_UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(kGolden);
    for (const auto& [name, hash] : hashes) file << name << " " << hash << "\n";
  }
  EXPECT_EQ(hashes, ReadGolden()) << "a changed result is explained in its commit; "
                                     "TESSERA_UPDATE_GOLDEN=1 keeps the new hashes";
}

TEST(Determinism, TwoRunsOfOneProcessAgree) {
  const ShortScenario scenario = ShortScenarios().front();
  EXPECT_EQ(HashOf(scenario), HashOf(scenario));
}

}  // namespace
}  // namespace tessera
