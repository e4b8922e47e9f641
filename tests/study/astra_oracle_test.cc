#include <gtest/gtest.h>

#include "study/astra_files.h"
#include "study/validate.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(AstraOracleTest, EveryFigureOfAstraSimIsMetToTheNanosecond) {
  const auto results = Validate({"tests/study/data/astra_excerpt.yaml"}, Catalog("configs"), {});
  ASSERT_THAT(results, IsOk());
  ASSERT_GT(results->size(), 150U);
  for (const CaseResult& result : *results) {
    EXPECT_EQ(result.status, CaseStatus::kOk) << result.id << ": " << result.reason;
    EXPECT_EQ(result.kind, "astra-parity-1");
    EXPECT_EQ(result.tolerance, 0);
    EXPECT_EQ(result.pass, true) << result.id << ": " << result.predicted.value_or(-1);
  }
}

const AstraFiles kFiles = {.workload = "tests/study/data/chakra/tp_dp",
                           .system = "tests/study/data/astra/system.json",
                           .network = "tests/study/data/astra/switch8.yml",
                           .remote_memory = "tests/study/data/astra/no_memory.json",
                           .groups = "tests/study/data/astra/groups.json"};

TEST(AstraFilesTest, TheFilesOfACommandLineGiveARun) {
  const auto inputs = ReadAstraInputs(kFiles);
  ASSERT_THAT(inputs, IsOk());
  EXPECT_EQ(inputs->traces.size(), 8U);
  const auto result = RunAstraParity(*inputs, {});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->max_ns(), 3'341'856);
  EXPECT_EQ(result->min_ns(), 3'341'856);
  EXPECT_EQ(result->ranks[0].exposed_ns, 2'531'856);
}

TEST(AstraFilesTest, AFileThatIsNotThereIsNamed) {
  AstraFiles files = kFiles;
  files.workload = "tests/study/data/chakra/nothing";
  EXPECT_THAT(ReadAstraInputs(files),
              FailsWith("tests/study/data/chakra/nothing.0.et: cannot be opened"));
  files = kFiles;
  files.groups = "tests/study/data/astra/empty";  // The name says that there are none.
  EXPECT_THAT(ReadAstraInputs(files), IsOk());
}

}  // namespace
}  // namespace tessera
