// Every fault of a scenario is answered with its whole message: tests/configs/malformed_scenarios.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "configs/catalog.h"
#include "configs/yaml_tree.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

struct Malformed {
  std::string name;
  std::string text;
  std::vector<std::string> overrides;
  std::string message;
};

std::vector<Malformed> Cases() {
  const auto tree = ReadYamlFile("tests/configs/malformed_scenarios.yaml");
  std::vector<Malformed> cases;
  if (!tree.ok()) return cases;
  for (const YamlValue& item : tree->items) {
    Malformed& added = cases.emplace_back();
    added.name = item.Find("name")->scalar;
    added.text = item.Find("text")->scalar;
    added.message = item.Find("message")->scalar;
    const YamlValue* set = item.Find("set");
    if (set == nullptr) continue;
    for (const YamlValue& assignment : set->items) added.overrides.push_back(assignment.scalar);
  }
  return cases;
}

class MalformedScenarioTest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedScenarioTest, IsReportedWithPlaceFindingAndWhatIsAccepted) {
  const Malformed& fault = GetParam();
  EXPECT_THAT(Catalog("tests/configs/catalog").ParseScenario(fault.text, "s.yaml", fault.overrides),
              FailsWith(fault.message));
}

INSTANTIATE_TEST_SUITE_P(Scenarios, MalformedScenarioTest, testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST(MalformedFileTest, TheTableIsThere) { EXPECT_GE(Cases().size(), 80U); }

TEST(MalformedFileTest, AHundredMegabytesAreRefusedBeforeTheyAreRead) {
  const std::string path = testing::TempDir() + "huge_scenario.yaml";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, 100 << 20);  // Sparse.
  EXPECT_THAT(Catalog("tests/configs/catalog").LoadScenario(path),
              FailsWith(path + ": 104857600 bytes; accepted: at most 16777216"));
  std::filesystem::remove(path);
}

TEST(MalformedFileTest, WhatIsNoFileIsNotOpened) {
  const Catalog catalog("tests/configs/catalog");
  EXPECT_THAT(catalog.LoadScenario("/nowhere/s.yaml"),
              FailsWith("/nowhere/s.yaml: cannot be opened"));
  EXPECT_THAT(catalog.LoadScenario("/dev/zero"),
              FailsWith("/dev/zero: not a file; accepted: a text file"));
  EXPECT_THAT(catalog.LoadScenario("tests"), FailsWith("tests: not a file; accepted: a text file"));
}

}  // namespace
}  // namespace tessera
