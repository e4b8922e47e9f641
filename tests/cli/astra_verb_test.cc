#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_command.h"

namespace tessera {
namespace {

using testing::HasSubstr;

constexpr char kRun[] =
    "astra --workload-configuration=tests/study/data/chakra/tp_dp "
    "--system-configuration=tests/study/data/astra/system.json "
    "--network-configuration=tests/study/data/astra/switch8.yml "
    "--remote-memory-configuration=tests/study/data/astra/no_memory.json "
    "--comm-group-configuration=tests/study/data/astra/groups.json";

TEST(AstraVerbTest, PrintsTheLinesOfAstraSim) {
  const CommandResult result = RunTessera(kRun);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("sys[7] finished, 3341856 cycles, exposed communication "
                                    "2531856 cycles.\n"));
  EXPECT_THAT(result.err, HasSubstr("without effect, as in ASTRA-sim: boost-mode"));
}

TEST(AstraVerbTest, JsonHoldsEveryRank) {
  const CommandResult result = RunTessera(std::string(kRun) + " --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["max_ns"], 3'341'856);
  EXPECT_EQ(json["per_rank_ns"].size(), 8U);
  EXPECT_EQ(json["per_rank_exposed_ns"][3], 2'531'856);
  EXPECT_EQ(result.err, "");
}

TEST(AstraVerbTest, TheOwnFabricIsShownBesideBothAnswers) {
  const CommandResult text = RunTessera(std::string(kRun) + " --mode tessera");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("congestion-unaware"));
  EXPECT_THAT(text.out, HasSubstr("Busiest link: "));
  const CommandResult result = RunTessera(std::string(kRun) + " --mode tessera --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["congestion_aware_max_ns"], 3'341'856);
  EXPECT_GE(json["max_ns"], json["busiest_link_ns"]);
}

TEST(AstraVerbTest, BadInputIsNamed) {
  EXPECT_EQ(RunTessera("astra").exit_code, 2);
  EXPECT_EQ(RunTessera(std::string(kRun) + " --mode fast").exit_code, 2);
  const CommandResult result = RunTessera(
      "astra --workload-configuration=none --system-configuration=tests/study/data/astra/"
      "groups.json --network-configuration=tests/study/data/astra/switch8.yml");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("groups.json:1:1: key \"scheduling-policy\" is missing"));
}

}  // namespace
}  // namespace tessera
