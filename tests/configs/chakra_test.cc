#include "configs/formats/chakra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/configs/chakra_bytes.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::ElementsAre;

const std::string kMetadata = Framed(Text(1, "0.0.4"));

TEST(ChakraTest, NodesAndTheirAttributesAreRead) {
  const std::string file =
      kMetadata +
      Framed(Number(1, 7) + Text(2, "mm") + Number(3, 4) + Number(5, 3) + Text(4, "\x03\x05") +
             Number(7, 80) + Attribute("num_ops", Number(9, 1000)) +
             Attribute("tensor_size", Number(13, 24)) + Attribute("is_cpu_op", Number(7, 1))) +
      Framed(Number(1, 3) + Number(3, 7) + Attribute("comm_type", Number(9, 7)) +
             Attribute("comm_size", Number(9, 4096)) + Attribute("pg_name", Text(29, "2")) +
             Attribute("involved_dim", Text(28, Text(1, std::string("\x01\x00", 2))))) +
      Framed(Number(1, 5) + Number(3, 5) + Attribute("comm_dst", Number(11, 6)) +
             Attribute("comm_tag", Number(7, 9)) + Attribute("unknown", Text(29, "x")));
  const auto trace = ReadChakraTrace(file, "t.et");
  ASSERT_THAT(trace, IsOk());
  EXPECT_EQ(trace->version, "0.0.4");
  ASSERT_EQ(trace->nodes.size(), 3U);
  const ChakraNode& collective = trace->nodes[0];
  EXPECT_EQ(collective.id, 3U);
  EXPECT_EQ(collective.collective, ChakraCollective::kReduceScatter);
  EXPECT_EQ(collective.bytes, 4096U);
  EXPECT_EQ(collective.group, 2);
  EXPECT_THAT(collective.involved_dimensions, ElementsAre(true, false));
  const ChakraNode& send = trace->nodes[1];
  EXPECT_EQ(send.type, ChakraType::kSend);
  EXPECT_EQ(send.target, 6U);
  EXPECT_FALSE(send.source.has_value());
  EXPECT_EQ(send.tag, 9U);
  const ChakraNode& compute = trace->nodes[2];
  EXPECT_EQ(compute.name, "mm");
  EXPECT_THAT(compute.dependencies, ElementsAre(3U, 5U));
  EXPECT_EQ(compute.duration_us, 80U);
  EXPECT_EQ(compute.operations, 1000U);
  EXPECT_EQ(compute.tensor_bytes, 24U);
  EXPECT_TRUE(compute.on_cpu);
}

TEST(ChakraTest, NumbersAreTakenInAnyWidth) {
  // int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32, sfixed64, bool,
  // double and float.
  const std::string of_width[] = {Number(7, 1),  Number(9, 1),  Number(11, 1), Number(13, 1),
                                  Number(15, 2), Number(17, 2), Fixed(19, 4),  Fixed(21, 8),
                                  Fixed(23, 4),  Fixed(25, 8),  Number(27, 1), Double(3, 1.0),
                                  Float(5, 1.0F)};
  for (const std::string& value : of_width) {
    const auto trace = ReadChakraTrace(
        kMetadata + Framed(Number(1, 1) + Number(3, 5) + Attribute("comm_size", value)), "t.et");
    ASSERT_THAT(trace, IsOk());
    EXPECT_EQ(trace->nodes[0].bytes, 1U);
  }
}

TEST(ChakraTest, EveryCutOffFileIsACleanErrorOrAShorterTrace) {
  const std::string file =
      kMetadata + Framed(Number(1, 1) + Text(2, "a") + Number(3, 4)) +
      Framed(Number(1, 2) + Number(3, 7) + Attribute("comm_size", Number(9, 300)));
  int whole = 0;
  for (size_t length = 0; length < file.size(); ++length) {
    const auto trace = ReadChakraTrace(file.substr(0, length), "t.et");
    whole += trace.ok() ? 1 : 0;
    if (!trace.ok()) {
      EXPECT_THAT(trace, FailsContaining("t.et: byte "));
    }
  }
  EXPECT_EQ(whole, 2);  // Behind the metadata, and behind the first node.
  EXPECT_THAT(ReadChakraTrace(file, "t.et"), IsOk());
}

TEST(ChakraTest, FaultsNameTheirPlace) {
  const auto read = [](const std::string& nodes) {
    return ReadChakraTrace(kMetadata + nodes, "t.et");
  };
  EXPECT_THAT(ReadChakraTrace("", "t.et"),
              FailsWith("t.et: byte 0: no whole length of a GlobalMetadata"));
  EXPECT_THAT(read("\x20xx"), FailsWith("t.et: byte 8: a Node of 32 bytes, but only 2 are left: "
                                        "the file is cut off"));
  EXPECT_THAT(read("\xff\xff\xff\xff\xff\x01"),
              FailsWith("t.et: byte 8: no whole length of a Node"));
  EXPECT_THAT(read("\x02\xff\xff"), FailsWith("t.et: byte 9: these 2 bytes are no Node"));
  EXPECT_THAT(read(Framed(Number(1, 4) + Number(3, 8))),
              FailsWith("t.et: byte 9: node 4: type: found 8; accepted: 0 to 7"));
  EXPECT_THAT(read(Framed(Number(1, 4) + Attribute("comm_type", Number(9, 10)))),
              FailsWith("t.et: byte 9: node 4: comm_type: found 10; accepted: 0 to 9"));
  EXPECT_THAT(read(Framed(Number(1, 4) + Attribute("comm_size", Text(29, "12")))),
              FailsContaining("node 4: comm_size: found no whole number; accepted: 0 to "));
  EXPECT_THAT(read(Framed(Number(1, 4) + Attribute("pg_name", Text(29, "tp")))),
              FailsWith("t.et: byte 9: node 4: pg_name: found \"tp\"; accepted: a number from 0 to "
                        "2000"));
  EXPECT_THAT(read(Framed(Number(1, 4) + Attribute("involved_dim", Number(27, 1)))),
              FailsWith("t.et: byte 9: node 4: involved_dim: accepted: a list of bool"));
}

TEST(ChakraTest, TheGraphIsChecked) {
  const auto read = [](const std::string& nodes) {
    return ReadChakraTrace(kMetadata + nodes, "t.et");
  };
  EXPECT_THAT(read(Framed(Number(1, 4)) + Framed(Number(1, 4))),
              FailsWith("t.et: node 4: this id is there twice; accepted: one node an id"));
  EXPECT_THAT(read(Framed(Number(1, 4) + Number(5, 9))),
              FailsWith("t.et: node 4: depends on node 9, which is not there; accepted: ids of "
                        "nodes"));
  EXPECT_THAT(read(Framed(Number(1, 1)) + Framed(Number(1, 2) + Number(5, 3)) +
                   Framed(Number(1, 3) + Number(5, 2))),
              FailsWith("t.et: node 2: waits for itself: its dependencies form a circle"));
}

}  // namespace
}  // namespace tessera
