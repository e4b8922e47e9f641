// The report in a browser: its script runs without an error, draws the timeline and answers the
// buttons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/cli/run_command.h"
#include "tests/cli/running_tessera.h"

namespace tessera {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// Writes into the title what a person would see: how many colours the timeline has, the part of the
// run it shows, and that part after a click on "Zoom in".
constexpr char kProbe[] = R"(<script>
addEventListener('load', () => {
  const canvas = document.getElementById('timeline');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] > 0) colours.add(pixels.slice(i, i + 3).join(','));
  }
  const range = document.getElementById('range');
  const whole = range.textContent;
  document.getElementById('closer').click();
  document.title = `colours ${colours.size}; whole ${whole}; closer ${range.textContent}.`;
});
</script>)";

class ReportPageTest : public testing::Test {
 protected:
  ReportPageTest() : folder_(absl::StrCat("/tmp/tessera_page.", getpid())) {}
  ~ReportPageTest() override { std::filesystem::remove_all(folder_); }

  // The page after its scripts ran as `out`, the browser's log as `err`.
  CommandResult Open(const std::string& page) const {
    return RunCommand(absl::StrCat(
        "timeout 120 chromium --headless --no-sandbox --disable-gpu --dump-dom ",
        "--enable-logging=stderr --virtual-time-budget=10000 --user-data-dir=", folder_,
        "/profile file://", page));
  }

  const std::string folder_;
};

TEST_F(ReportPageTest, DrawsTheTimelineAndZooms) {
  if (RunCommand("command -v chromium").exit_code != 0) GTEST_SKIP() << "no chromium here";
  const CommandResult run = RunTessera(
      "run configs/scenarios/llama3_70b_inference_h100.yaml --set inference.output_tokens=8 "
      "--out " +
      folder_);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string page = folder_ + "/probed.html";
  std::ofstream(page) << ReadFile(folder_ + "/report.html") << kProbe;

  const CommandResult browser = Open(page);
  ASSERT_EQ(browser.exit_code, 0) << browser.err;
  EXPECT_THAT(browser.err, Not(HasSubstr("Uncaught")));
  EXPECT_THAT(browser.out, ContainsRegex("<title>colours [0-9]{1,6}; whole 0 to [0-9.]+ m?s; "
                                         "closer [0-9.]+ to [0-9.]+ m?s\\.</title>"));
  EXPECT_THAT(browser.out, Not(ContainsRegex("<title>colours [0-4];")));
  EXPECT_THAT(browser.out, HasSubstr("What limits it"));
}

}  // namespace
}  // namespace tessera
