#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/catalog.h"
#include "tests/cli/run_command.h"

namespace tessera {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kFew[] = "validate tests/study/data/few_measurements.yaml";

TEST(CommandLineTest, AnUnknownVerbIsBadInputWithAHint) {
  const CommandResult result = RunTessera("valdate x");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err,
              StartsWith("tessera: unknown verb \"valdate\"; did you mean \"validate\"?\n"));
}

TEST(CommandLineTest, NoVerbAndUnknownOptionsAreBadInput) {
  EXPECT_EQ(RunTessera("").exit_code, 2);
  EXPECT_EQ(RunTessera("list --nope").exit_code, 2);
  EXPECT_EQ(RunTessera("list chisp").exit_code, 2);
  EXPECT_EQ(RunTessera("validate").exit_code, 2);
}

TEST(CommandLineTest, EveryVerbHasHelpWithAnExample) {
  const CommandResult help = RunTessera("--help");
  EXPECT_EQ(help.exit_code, 0);
  for (const char* verb : {"run", "validate", "collective", "astra", "msccl", "chip", "topology",
                           "compare", "schema", "list", "init"}) {
    EXPECT_THAT(help.out, HasSubstr(verb));
    const CommandResult of_verb = RunTessera(std::string(verb) + " --help");
    EXPECT_EQ(of_verb.exit_code, 0);
    EXPECT_THAT(of_verb.out, HasSubstr(std::string("Example:\n  tessera ") + verb));
  }
}

TEST(CommandLineTest, JsonIsOneDocumentAndNothingElse) {
  for (const std::string& command :
       {std::string(kFew) + " --json", std::string("list --json"), std::string("schema"),
        std::string("chip nvidia_h100_sxm_80gb --json"),
        std::string("topology dgx_h100 --nodes 2 --json")}) {
    const CommandResult result = RunTessera(command);
    EXPECT_EQ(result.exit_code, 0) << command << result.err;
    EXPECT_TRUE(nlohmann::json::accept(result.out)) << command;
    EXPECT_THAT(result.err, IsEmpty()) << command;
  }
}

TEST(CommandLineTest, AnUnknownChipIsBadInput) {
  const CommandResult result = RunTessera("chip nvidia_h100_sxm");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean \"nvidia_h100_sxm_80gb\"?"));
}

TEST(CommandLineTest, AChipShowsPeaksMemoriesAndRidgePoints) {
  const CommandResult result = RunTessera("chip nvidia_a100_sxm_80gb");
  EXPECT_EQ(result.exit_code, 0);
  // 312 TFLOP/s over 2039 GB/s.
  EXPECT_THAT(result.out, testing::ContainsRegex("bf16 +312 TFLOP/s +624 TFLOP/s .* 153\n"));
  EXPECT_THAT(result.out, HasSubstr("hbm"));
}

TEST(CommandLineTest, AChipShowsALayerFusedAndUnfused) {
  const auto layer = [](const std::string& options) {
    const CommandResult result = RunTessera("chip nvidia_h100_sxm_80gb --json" + options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out)["layer"];
  };
  const auto decode = layer("");
  EXPECT_LT(decode["fused"]["time_s"], decode["unfused"]["time_s"]);
  EXPECT_LT(decode["fused"]["memory_bytes"], decode["unfused"]["memory_bytes"]);
  const auto prefill = layer(" --prefill");
  EXPECT_GT(prefill["fused"]["time_s"], decode["fused"]["time_s"]);
  EXPECT_GT(layer(" --prefill --power-cap 350")["fused"]["time_s"], prefill["fused"]["time_s"]);
  EXPECT_LT(layer(" --prefill --years 2")["fused"]["time_s"], prefill["fused"]["time_s"]);
}

TEST(CommandLineTest, AFormatThatTheChipLacksIsBadInput) {
  const CommandResult result = RunTessera("chip nvidia_a100_sxm_80gb --precision fp8");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("has no fp8 matrix rate; it has "));
  EXPECT_THAT(RunTessera("chip cerebras_wse1").err, HasSubstr("matrix rate; its file gives none"));
}

TEST(CommandLineTest, ATopologyIsCountedDrawnAndChecked) {
  const CommandResult shown = RunTessera("topology dgx_h100 --nodes 4 --check");
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.out, StartsWith("32 chips in 4 nodes, 32 NICs, "));
  EXPECT_THAT(shown.err, HasSubstr("routes: ok"));
  const CommandResult drawn = RunTessera("topology dgx_h100 --dot");
  EXPECT_THAT(drawn.out, StartsWith("digraph topology {\n"));
  EXPECT_THAT(drawn.out, HasSubstr("\"node0/chip0\" -> \"node0/"));
}

TEST(CommandLineTest, InitWritesAScenarioThatLoadsAndKeepsWhatIsThere) {
  const std::string path = testing::TempDir() + "/init_test.yaml";
  std::remove(path.c_str());
  EXPECT_EQ(RunTessera("init " + path).exit_code, 0);
  const auto scenario = Catalog("configs").LoadScenario(path);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  const CommandResult again = RunTessera("init " + path);
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("is there already; --force replaces it"));
  EXPECT_EQ(RunTessera("init --force " + path).exit_code, 0);
  EXPECT_THAT(RunTessera("init -").out, StartsWith("# A scenario: what to simulate."));
  std::remove(path.c_str());
}

TEST(CommandLineTest, AFileWithFaultsIsBadInputAndNamesThem) {
  const CommandResult result = RunTessera("validate configs/chips/nvidia_h100_sxm_80gb.yaml");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, StartsWith("tessera validate: configs/chips/nvidia_h100_sxm_80gb.yaml:"));
}

}  // namespace
}  // namespace tessera
