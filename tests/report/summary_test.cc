#include "report/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "report/request_text.h"
#include "study/text_table.h"
#include "tests/report/sample_run.h"

namespace tessera {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string SampleSummary(const SummaryStyle& style) {
  const ScenarioSpec scenario = SampleScenario();
  const SimulationResult result = SampleResult();
  return Summary({.scenario = scenario,
                  .result = result,
                  .scenario_text = kSampleText,
                  .wall_seconds = 0.5,
                  .cpu_seconds = 0.4},
                 style);
}

TEST(Summary, SaysWhatPeopleAskFor) {
  const std::string text = SampleSummary({});
  for (const char* part :
       {"model_a training on 2 x chip_a (pair)", "training step of 2 sequences of 1,024 tokens",
        "tensor 1, pipeline 2, data 1, schedule 1f1b, micro-batch 1, recompute none", "step time",
        "100 us", "43.2 %", "weights", "25.0 %", "exposed communication (pipeline)",
        "waiting (pipeline)", "matrix units (mlp at 72 % of peak FLOP/s)",
        "node0/chip0 -> node0/chip1", "send_recv", "- activations are kept in bf16",
        "- estimated figures: chip chip_a: memory hbm", "1,234 events in 0.5 s, 2,468 events/s"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Summary, SaysWhatExchangesTheTokensOfExperts) {
  ScenarioSpec scenario = SampleScenario();
  SimulationResult result = SampleResult();
  EXPECT_EQ(ExpertExchangeText(scenario, result.job), "");
  result.job.programs.programs = {{{{.kind = InstructionKind::kCollective,
                                     .axis = Axis::kExpert,
                                     .op = CollectiveOp::kAllToAll}}}};
  EXPECT_EQ(ExpertExchangeText(scenario, result.job), "communication library");
  scenario.software.exchange.name = "kernels";
  scenario.software.exchange.families.resize(2);
  scenario.software.exchange.families[1].mode = ExchangeMode::kHighThroughput;
  result.job.programs.token_exchanges.resize(1);
  EXPECT_EQ(ExpertExchangeText(scenario, result.job), "kernels low-latency");
  result.job.programs.token_exchanges.push_back({.mode = ExchangeMode::kHighThroughput});
  EXPECT_EQ(ExpertExchangeText(scenario, result.job),
            "kernels high-throughput, kernels low-latency");
  scenario.software.exchange.families.pop_back();
  EXPECT_EQ(ExpertExchangeText(scenario, result.job), "kernels low-latency");
  const std::string text = Summary({.scenario = scenario,
                                    .result = result,
                                    .scenario_text = kSampleText,
                                    .wall_seconds = 0.5,
                                    .cpu_seconds = 0.4},
                                   {});
  EXPECT_THAT(text, HasSubstr("expert exchange"));
}

TEST(Summary, FitsIntoAHundredColumnsWithoutColour) {
  const std::string text = SampleSummary({});
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(TextWidth(line), 100) << line;
  }
}

TEST(Summary, ColoursOnlyWhereAsked) {
  EXPECT_THAT(SampleSummary({.colour = true}), HasSubstr("\033[1m"));
}

TEST(Summary, SaysThatARunWasInterrupted) {
  const ScenarioSpec scenario = SampleScenario();
  SimulationResult result = SampleResult();
  result.interrupted = true;
  const std::string text =
      Summary({.scenario = scenario, .result = result, .scenario_text = ""}, {});
  EXPECT_THAT(text, HasSubstr("Interrupted  what follows is what was reached"));
  EXPECT_THAT(text, HasSubstr("reached (interrupted)"));
}

}  // namespace
}  // namespace tessera
