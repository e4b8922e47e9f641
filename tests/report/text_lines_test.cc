#include "report/text_lines.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(TextLines, BarsEndAtAnEighth) {
  EXPECT_EQ(Bar(0.5, 4), "██");
  EXPECT_EQ(Bar(0.53125, 4), "██▏");
  EXPECT_EQ(Bar(2, 3), "███");
  EXPECT_EQ(Bar(0, 3), "");
}

TEST(TextLines, WrapsAtBlanks) {
  EXPECT_EQ(Wrap("one two three", 7, "> "), "> one two\n> three\n");
  EXPECT_EQ(Wrap("unbreakable", 3, ""), "unbreakable\n");
}

}  // namespace
}  // namespace tessera
