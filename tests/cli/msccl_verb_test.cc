#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/run_command.h"

namespace tessera {
namespace {

using testing::HasSubstr;

TEST(MscclVerbTest, AFileIsProvenAndTimed) {
  const CommandResult result =
      RunTessera("msccl tests/collectives/corpus/msccl/two.xml --system dgx_h100 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["operation"], "all_reduce");
  EXPECT_EQ(json["transfers"], 4);
  EXPECT_EQ(json["rows"].size(), 5U);
}

TEST(MscclVerbTest, WhatIsWrittenCanBeReadAgain) {
  const CommandResult written = RunTessera("msccl --export ring --op all_gather --ranks 4");
  ASSERT_EQ(written.exit_code, 0) << written.err;
  const std::string path = testing::TempDir() + "/ring4.xml";
  std::ofstream(path) << written.out;
  const CommandResult read = RunTessera("msccl " + path);
  EXPECT_EQ(read.exit_code, 0) << read.err;
  EXPECT_THAT(read.out, HasSubstr("ring_4: a proven all_gather of 4 ranks"));
}

TEST(MscclVerbTest, BadInputIsNamed) {
  EXPECT_EQ(RunTessera("msccl").exit_code, 2);
  const CommandResult result = RunTessera("msccl tests/study/data/astra/system.json");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("system.json:"));
}

}  // namespace
}  // namespace tessera
