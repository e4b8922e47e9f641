#include "configs/yaml_tree.h"

#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(YamlTreeTest, ValuesAndKeysKnowWhereTheyStand) {
  const auto tree = ParseYaml("a: 1\nlist:\n- x\n- {b: ~, c: 'true'}\n", "f.yaml");
  ASSERT_THAT(tree, IsOk());
  ASSERT_TRUE(tree->is_map());
  ASSERT_EQ(tree->members.size(), 2U);
  EXPECT_EQ(tree->members[1].key, "list");
  EXPECT_EQ(tree->members[1].line, 2);
  const YamlValue* list = tree->Find("list");
  ASSERT_TRUE(list != nullptr && list->is_list());
  EXPECT_EQ(list->items[0].line, 3);
  EXPECT_EQ(list->items[0].column, 3);
  const YamlValue& map = list->items[1];
  EXPECT_TRUE(map.Find("b")->is_null());
  EXPECT_TRUE(map.Find("c")->quoted);
  EXPECT_EQ(map.Find("c")->column, 13);
  EXPECT_EQ(tree->Find("absent"), nullptr);
}

TEST(YamlTreeTest, TypedScalarsFollowTheirLook) {
  const auto tree = ParseYaml("[12, -3, 1.5e-06, .5, true, text, '12', 2.18.3]", "f");
  ASSERT_THAT(tree, IsOk());
  const auto& v = tree->items;
  EXPECT_EQ(YamlInteger("f", v[0], "n").value(), 12);
  EXPECT_EQ(YamlInteger("f", v[1], "n").value(), -3);
  EXPECT_DOUBLE_EQ(YamlNumber("f", v[2], "n").value(), 1.5e-6);
  EXPECT_DOUBLE_EQ(YamlNumber("f", v[3], "n").value(), 0.5);
  EXPECT_TRUE(YamlBool("f", v[4], "n").value());
  EXPECT_EQ(YamlText("f", v[5], "n").value(), "text");
  EXPECT_EQ(YamlText("f", v[6], "n").value(), "12");
  EXPECT_EQ(YamlText("f", v[7], "n").value(), "2.18.3");
  EXPECT_THAT(YamlInteger("f", v[2], "n"),
              FailsWith("f:1:10: n: found 1.5e-06; accepted: a whole number"));
  EXPECT_THAT(YamlInteger("f", v[6], "n"),
              FailsWith("f:1:35: n: found \"12\"; accepted: a whole number"));
  EXPECT_THAT(YamlText("f", v[0], "n"), FailsWith("f:1:2: n: found 12; accepted: text"));
  EXPECT_THAT(YamlBool("f", v[0], "n"), FailsWith("f:1:2: n: found 12; accepted: true or false"));
}

TEST(YamlTreeTest, NumbersBeyondTheirRangeAreRefused) {
  const auto tree = ParseYaml("[99999999999999999999, 1e999, .nan]", "f");
  ASSERT_THAT(tree, IsOk());
  EXPECT_THAT(YamlInteger("f", tree->items[0], "n"),
              FailsWith("f:1:2: n: found 99999999999999999999; accepted: a whole number of at most "
                        "63 bits"));
  EXPECT_THAT(YamlNumber("f", tree->items[1], "n"),
              FailsWith("f:1:24: n: found 1e999; accepted: a finite number"));
  EXPECT_THAT(YamlNumber("f", tree->items[2], "n"),
              FailsWith("f:1:31: n: found \".nan\"; accepted: a finite number"));
}

struct BadText {
  const char* text;
  const char* message;
};
class YamlTreeFaultTest : public testing::TestWithParam<BadText> {};

TEST_P(YamlTreeFaultTest, IsReportedWithItsPlace) {
  EXPECT_THAT(ParseYaml(GetParam().text, "f.yaml", {.max_depth = 4, .max_values = 40}),
              FailsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, YamlTreeFaultTest,
    testing::Values(
        BadText{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key \"a\" stands twice; the first is in line 1"},
        BadText{"a: [1, 2\nb: 3\n", "f.yaml:2:2: not YAML: end of sequence flow not found"},
        BadText{"? [1, 2]\n: 3\n", "f.yaml:1:3: a key is a list; accepted: a name"},
        BadText{"a: !secret 1\n", "f.yaml:1:4: tag !secret is not accepted; write the plain value"},
        BadText{"[[[[[1]]]]]", "f.yaml:1:5: nested deeper than 4 levels"},
        BadText{"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document; accepted: one"},
        BadText{"a:\n\tb: 1\n",
                "f.yaml:2:3: not YAML: illegal map value; the line is indented by a tab; accepted: "
                "spaces"},
        BadText{"a: *b\n", "f.yaml:1:4: not YAML: the referenced anchor is not defined"},
        BadText{"a: &a [*a]\n",
                "f.yaml:1:8: an alias inside the value that it names; write the value out"},
        BadText{"a: &a [[1]]\nb: &b [[*a]]\n", "f.yaml:2:9: nested deeper than 4 levels"},
        BadText{"a: &a [1,1,1,1,1,1]\nb: &b [*a,*a,*a]\nc: [*b,*b]\n",
                "f.yaml:2:4: more than 40 values, what aliases repeat included; write less"}));

TEST(YamlTreeTest, ReadingStopsAtTheFirstFault) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "- a\n";
  EXPECT_THAT(ParseYaml("[!x 1]\n" + text, "f"),
              FailsWith("f:1:2: tag !x is not accepted; write the plain value"));
}

TEST(YamlTreeTest, WhatIsSlowToParseIsRefusedBefore) {
  EXPECT_THAT(ParseYaml(std::string(1'000'000, '['), "f"),
              FailsWith("f:1:1001: more than 1000 brackets are open"));
  EXPECT_THAT(ParseYaml("a:\n " + std::string(1 << 20, 'b'), "f"),
              FailsWith("f:2:1048577: the line is longer than 1048576 bytes"));
}

TEST(YamlTreeTest, AnAliasStandsForItsValue) {
  const auto tree = ParseYaml("a: &x {n: 5}\nb: *x\n", "f");
  ASSERT_THAT(tree, IsOk());
  EXPECT_EQ(YamlInteger("f", *tree->Find("b")->Find("n"), "n").value(), 5);
}

TEST(YamlTreeTest, ALargeTextIsRefusedBeforeItIsParsed) {
  EXPECT_THAT(ParseYaml(std::string(100, 'a'), "f.yaml", {.max_bytes = 99}),
              FailsWith("f.yaml: 100 bytes; accepted: at most 99"));
}

TEST(YamlTreeTest, AMissingFileAndAFolderAreErrors) {
  EXPECT_THAT(ReadYamlFile("/nowhere/f.yaml"), FailsWith("/nowhere/f.yaml: cannot be opened"));
  EXPECT_THAT(ReadYamlFile("/tmp"), FailsWith("/tmp: not a file; accepted: a text file"));
}

}  // namespace
}  // namespace tessera
