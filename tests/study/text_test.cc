#include <gtest/gtest.h>

#include "study/quantity_text.h"
#include "study/text_table.h"

namespace tessera {
namespace {

TEST(QuantityTextTest, FourDigitsAndAPrefix) {
  EXPECT_EQ(QuantityText(12.3456e-6, "s"), "12.35 us");
  EXPECT_EQ(QuantityText(13.75, "s"), "13.75 s");
  EXPECT_EQ(QuantityText(350, "s"), "350 s");
  EXPECT_EQ(QuantityText(2e-10, "s"), "0.2 ns");
  EXPECT_EQ(QuantityText(1.61e12, "bytes/s"), "1.61 TB/s");
  EXPECT_EQ(QuantityText(4.3e14, "flop/s"), "430 TFLOP/s");
  EXPECT_EQ(QuantityText(1543.21, "tokens/s/chip"), "1543 tokens/s/chip");
  EXPECT_EQ(QuantityText(1.25, "ratio"), "1.25");
  EXPECT_EQ(QuantityText(48.2, "cycles"), "48.2 cycles");
}

TEST(QuantityTextTest, ErrorsArePercentUntilTheyAreFactors) {
  EXPECT_EQ(LogErrorText(0), "+0.0 %");
  EXPECT_EQ(LogErrorText(0.0487902), "+5.0 %");
  EXPECT_EQ(LogErrorText(-0.693147), "-50.0 %");
  EXPECT_EQ(LogErrorText(3), "x20.1");
  EXPECT_EQ(LogErrorText(-3), "x0.0498");
}

TEST(TextTableTest, ColumnsAreAlignedAndLinesEndWithoutBlanks) {
  TextTable table({{"name", Align::kLeft}, {"n", Align::kRight}, {"", Align::kLeft}});
  table.AddRow({"a", "1"});
  table.AddRow({"longer", "100", "note"});
  EXPECT_EQ(table.Text(2),
            "  name      n\n"
            "  a         1\n"
            "  longer  100  note\n");
  EXPECT_EQ(table.Markdown(),
            "| name | n |  |\n"
            "|---|--:|---|\n"
            "| a | 1 |  |\n"
            "| longer | 100 | note |\n");
}

TEST(TextTableTest, BarsDoNotEndCellsOfMarkdown) {
  TextTable table({{"|x|"}});
  table.AddRow({"a|b"});
  EXPECT_EQ(table.Markdown(), "| \\|x\\| |\n|---|\n| a\\|b |\n");
}

TEST(TextTableTest, WithoutTitlesThereIsNoHeadAndCharactersCountOnce) {
  TextTable table({{}, {.align = Align::kRight}, {}});
  table.AddRow({"a", "1", "█"});
  table.AddRow({"█long", "1000"});
  EXPECT_EQ(table.Text(1),
            " a         1  █\n"
            " █long  1000\n");
}

}  // namespace
}  // namespace tessera
