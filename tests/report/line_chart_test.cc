#include "report/line_chart.h"

#include <gmock/gmock.h>

namespace tessera {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(LineChart, EndsOfTheAxesAreEndsOfTheFrame) {
  const std::string svg = LineChart("speed", {1024, 4096, 1 << 20}, {{"a<b", {0, 50, 100}}});
  EXPECT_THAT(svg, HasSubstr("points=\"56.0,280.0 221.6,145.0 884.0,10.0 \""));
  EXPECT_THAT(svg, HasSubstr(">1 KiB</text>"));
  EXPECT_THAT(svg, HasSubstr(">1 MiB</text>"));
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
}

TEST(LineChart, TheAxisEndsAtARoundNumber) {
  EXPECT_THAT(LineChart("", {1, 2}, {{"a", {0, 41}}}), HasSubstr("text-anchor=end>50</text>"));
  EXPECT_THAT(LineChart("", {1, 2}, {{"a", {0, 0.15}}}), HasSubstr("text-anchor=end>0.2</text>"));
  EXPECT_THAT(LineChart("", {1, 2}, {{"a", {0, 700}}}), HasSubstr("text-anchor=end>1000</text>"));
}

TEST(LineChart, OneSizeAndNoBytesAreDrawn) {
  EXPECT_THAT(LineChart("", {8}, {{"a", {0}}}), HasSubstr("points=\"56.0,280.0 \""));
  EXPECT_EQ(LineChart("", {}, {{"a", {}}}), "");
  EXPECT_EQ(LineChart("", {8}, {}), "");
}

TEST(LineChart, TheNinthLineIsDashed) {
  std::vector<ChartLine> lines(8, {"a", {1}});
  EXPECT_THAT(LineChart("", {8}, lines), Not(HasSubstr("dash")));
  lines.push_back({"b", {1}});
  EXPECT_THAT(LineChart("", {8}, lines), HasSubstr("b (dashed)"));
}

}  // namespace
}  // namespace tessera
