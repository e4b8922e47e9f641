#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/run_command.h"

namespace tessera {
namespace {

using testing::HasSubstr;

constexpr char kH100[] = "collective --system dgx_h100 --op all_reduce -b 1K -e 16M -f 128";

TEST(CollectiveVerbTest, TheTableIsThatOfNcclTests) {
  const CommandResult result = RunTessera(kH100);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr("#       size         count      type   redop    root     time   algbw   "
                        "busbw  algorithm\n"
                        "#        (B)    (elements)                               (us)  (GB/s)  "
                        "(GB/s)\n"
                        "        1024           256     float     sum      -1  "));
  EXPECT_THAT(result.out, HasSubstr("\n    16777216       4194304     float     sum      -1  "));
  EXPECT_THAT(result.out, HasSubstr("\n# Avg bus bandwidth    : "));
}

TEST(CollectiveVerbTest, ExplainsWhatTheLibraryWeighed) {
  const CommandResult result = RunTessera(std::string(kH100) + " --explain");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, testing::ContainsRegex(
                              "  \\* [a-z_]+ [A-Za-z0-9]+ [0-9.]+ us = [0-9.]+ start \\+ [0-9.]+ "
                              "latency \\+ [0-9.]+ bytes \\(scale-up ports\\)"));
  EXPECT_THAT(result.out, HasSubstr("    ring Simple "));
}

TEST(CollectiveVerbTest, ComparesAlgorithmsAsText) {
  const CommandResult result = RunTessera(std::string(kH100) + " --compare ring,one_shot");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("# Time (us) of each algorithm; * the fastest\n"));
  EXPECT_THAT(result.out, HasSubstr("# Crossovers\n"));
}

TEST(CollectiveVerbTest, JsonCarriesRowsCandidatesAndCrossovers) {
  const CommandResult result = RunTessera(std::string(kH100) + " --compare all --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["ranks"], 8);
  EXPECT_EQ(document["rows"].size(), 3U);
  EXPECT_EQ(document["rows"][0]["candidates"][0]["algorithm"], document["rows"][0]["algorithm"]);
  EXPECT_FALSE(document["crossovers"].empty());
  EXPECT_TRUE(document["comparison"]["rows"][0]["time_s"].contains("ring"));
}

TEST(CollectiveVerbTest, GroupsRunAtOnceAndThePlotIsWritten) {
  const std::string directory = testing::TempDir() + "/collective_plot";
  const CommandResult result = RunTessera(
      "collective --system dgx_h100 --nodes 2 --split \"MOD 8\" -b 1M -e 16M --out " + directory);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr("# all_reduce on dgx_h100, 8 groups of 2 ranks at once, 2 nodes\n"));
  EXPECT_THAT(result.out, HasSubstr("# Plot: " + directory + "/collective.html\n"));
  std::ifstream file(directory + "/collective.html");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(page, HasSubstr("<svg class=lines"));
  EXPECT_THAT(page, HasSubstr("<td class=number>16777216</td>"));
}

TEST(CollectiveVerbTest, PacketsHaveOneResultOverAnyNumberOfProcessesAndEveryTransport) {
  const auto row_of = [](const std::string& split) {
    const CommandResult result = RunTessera(
        "collective --system dgx_h100 --nodes 4 --op all_to_all -b 1M -e 1M --fidelity packet "
        "--json " +
        split);
    EXPECT_EQ(result.exit_code, 0) << split << "\n" << result.err;
    const auto document = nlohmann::json::parse(result.out, nullptr, false);
    return document.is_object() ? document["rows"][0] : nlohmann::json();
  };
  const auto whole = row_of("");
  EXPECT_EQ(whole["packets"]["result_hash"].get<std::string>().size(), 32U);
  for (const char* split :
       {"--processes 2", "--processes 3 --transport ipc", "--processes 4 --transport tcp",
        "--processes 8 --transport curve", "--processes 8 --transport threads"}) {
    const auto row = row_of(split);
    EXPECT_EQ(row["packets"]["result_hash"], whole["packets"]["result_hash"]) << split;
    EXPECT_EQ(row["packets"]["events"], whole["packets"]["events"]) << split;
    EXPECT_EQ(row["time_s"], whole["time_s"]) << split;
  }
}

TEST(CollectiveVerbTest, SplittingANetworkOfPacketsStatesTheEfficiency) {
  const CommandResult result = RunTessera(
      "collective --system dgx_h100 --nodes 2 --op all_to_all -b 1M -e 1M --fidelity packet "
      "--packet-network lossless --processes 2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("# Packets\n#   1048576 B: "));
  EXPECT_THAT(result.out, HasSubstr(" packets trimmed, result "));
  EXPECT_THAT(result.out, HasSubstr("split over 2 processes: "));
  EXPECT_THAT(result.out, HasSubstr("efficiency "));
}

// Chips of a torus forward, which only links with credits know.
TEST(CollectiveVerbTest, PacketsCrossATorusOfChips) {
  const std::string torus =
      "collective --system trn2_48xlarge --op all_to_all -b 1M -e 1M --fidelity packet "
      "--packet-network ";
  const CommandResult credit = RunTessera(torus + "credit --processes 2");
  EXPECT_EQ(credit.exit_code, 0) << credit.err;
  EXPECT_THAT(credit.out, HasSubstr("split over 2 processes: "));
  const CommandResult lossless = RunTessera(torus + "lossless");
  EXPECT_EQ(lossless.exit_code, 2);
  EXPECT_THAT(lossless.err, HasSubstr("no way from "));
}

TEST(CollectiveVerbTest, BadInputIsExplained) {
  const auto error = [](const std::string& arguments) {
    const CommandResult result = RunTessera("collective " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    return result.err;
  };
  EXPECT_THAT(error("--system dgx_h10"), HasSubstr("did you mean \"dgx_h100\"?"));
  EXPECT_THAT(error("--system dgx_h100 --op allreduces"),
              HasSubstr("did you mean \"all_reduce\"?"));
  EXPECT_THAT(error("--system dgx_h100 --algorithm rign"), HasSubstr("did you mean \"ring\"?"));
  EXPECT_THAT(error("--system dgx_h100 --library ncl"), HasSubstr("nccl"));
  EXPECT_THAT(error("--system dgx_h100 -b 8Q"),
              HasSubstr("size \"8Q\"; accepted: bytes such as 8, 32K, 128M, 8G"));
  EXPECT_THAT(error("--system dgx_h100 -b 8M -e 1M"),
              HasSubstr("smallest size 8M is above the largest, 1M"));
  EXPECT_THAT(error("--system dgx_h100 --op all_to_allv"), HasSubstr("give --matrix FILE"));
  EXPECT_THAT(error("--system dgx_h100 --fidelity fluid --processes 2"),
              HasSubstr("--processes splits a network of packets: give --fidelity packet"));
  EXPECT_THAT(error("--system dgx_h100 --op all_to_allv --matrix nowhere.txt"),
              HasSubstr("nowhere.txt: cannot be read"));
}

}  // namespace
}  // namespace tessera
