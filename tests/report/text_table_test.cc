#include "report/text_table.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(TextTable, AlignsColumnsAndDropsTrailingBlanks) {
  TextTable table({Align::kLeft, Align::kRight, Align::kLeft});
  table.AddRow({"a", "1", "█"});
  table.AddRow({"long", "1000", ""});
  EXPECT_EQ(table.Render(),
            "  a        1  █\n"
            "  long  1000\n");
}

TEST(TextTable, BarsEndAtAnEighth) {
  EXPECT_EQ(Bar(0.5, 4), "██");
  EXPECT_EQ(Bar(0.53125, 4), "██▏");
  EXPECT_EQ(Bar(2, 3), "███");
  EXPECT_EQ(Bar(0, 3), "");
}

TEST(TextTable, WrapsAtBlanks) {
  EXPECT_EQ(Wrap("one two three", 7, "> "), "> one two\n> three\n");
  EXPECT_EQ(Wrap("unbreakable", 3, ""), "unbreakable\n");
}

}  // namespace
}  // namespace tessera
