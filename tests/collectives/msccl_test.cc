#include "collectives/msccl.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectives/algorithm.h"
#include "collectives/checker.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// Two GPUs exchange halves of the buffer through scratch, reduce, and give them back.
constexpr absl::string_view kTwo = R"(<algo name="two" proto="LL" nchannels="1" nchunksperloop="2"
      ngpus="2" coll="allreduce" inplace="1" minBytes="0" maxBytes="0">
  <gpu id="0" i_chunks="2" o_chunks="2" s_chunks="1">
    <tb id="0" send="1" recv="1" chan="0">
      <step s="0" type="s" srcbuf="i" srcoff="1" dstbuf="s" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="1" type="r" srcbuf="i" srcoff="0" dstbuf="s" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="2" type="re" srcbuf="s" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="1"/>
    </tb>
    <tb id="1" send="1" recv="1" chan="1">
      <step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="0" deps="2" hasdep="0"/>
      <step s="1" type="r" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="0" deps="0" hasdep="0"/>
    </tb>
  </gpu>
  <gpu id="1" i_chunks="2" o_chunks="2" s_chunks="1">
    <tb id="0" send="0" recv="0" chan="0">
      <step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="s" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="1" type="rrc" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
    </tb>
    <tb id="1" send="0" recv="0" chan="1">
      <step s="0" type="s" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="0" deps="1" hasdep="0"/>
      <step s="1" type="r" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="0" deps="0" hasdep="0"/>
    </tb>
  </gpu>
</algo>
)";

std::string With(absl::string_view from, absl::string_view to) {
  return absl::StrReplaceAll(kTwo, {{from, to}});
}

TEST(MscclTest, AFileBecomesAProvenSchedule) {
  const auto algorithm = ReadMsccl(kTwo, "two.xml");
  ASSERT_THAT(algorithm, IsOk());
  EXPECT_EQ(algorithm->name, "two");
  EXPECT_EQ(algorithm->op, CollectiveOp::kAllReduce);
  EXPECT_EQ(algorithm->schedule.chunks, 2);
  ASSERT_EQ(algorithm->schedule.transfers.size(), 4U);
  int reducing = 0;
  for (const Transfer& t : algorithm->schedule.transfers) reducing += t.reduce ? 1 : 0;
  EXPECT_EQ(reducing, 2);
  const Schedule sized = MscclSchedule(*algorithm, Bytes(1001), 1);
  Bytes sum(0);
  for (const Transfer& t : sized.transfers) sum += t.bytes;
  EXPECT_EQ(sum, Bytes(2002));
}

class MscclRoundTripTest : public testing::TestWithParam<std::tuple<const char*, CollectiveOp>> {};

TEST_P(MscclRoundTripTest, OurSchedulesComeBackProven) {
  const auto& [name, op] = GetParam();
  for (const int ranks : {2, 4, 8}) {
    AlgorithmInput input;
    input.op = op;
    input.ranks = ranks;
    input.bytes = Bytes::KiB(64);
    auto schedule = BuildSchedule(name, input);
    ASSERT_THAT(schedule, IsOk());
    const auto text = WriteMsccl({.name = name, .op = op, .schedule = *schedule});
    ASSERT_THAT(text, IsOk()) << ranks;
    const auto read = ReadMsccl(*text, "x.xml");
    ASSERT_THAT(read, IsOk()) << name << " " << ranks;
    EXPECT_EQ(read->op, op);
    EXPECT_EQ(read->schedule.chunks, schedule->chunks);
    Bytes ours(0);
    Bytes theirs(0);
    for (const Transfer& t : schedule->transfers) ours += t.bytes;
    for (const Transfer& t : MscclSchedule(*read, input.bytes, 1).transfers) theirs += t.bytes;
    EXPECT_EQ(ours, theirs);
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, MscclRoundTripTest,
                         testing::Values(std::tuple{"ring", CollectiveOp::kAllReduce},
                                         std::tuple{"ring", CollectiveOp::kAllGather},
                                         std::tuple{"ring", CollectiveOp::kReduceScatter},
                                         std::tuple{"halving_doubling", CollectiveOp::kAllReduce},
                                         std::tuple{"recursive_doubling", CollectiveOp::kAllReduce},
                                         std::tuple{"direct", CollectiveOp::kAllReduce},
                                         std::tuple{"direct", CollectiveOp::kAllToAll},
                                         std::tuple{"pairwise", CollectiveOp::kAllToAll}));

TEST(MscclTest, WhatCannotBeWrittenIsRefused) {
  AlgorithmInput input;
  input.op = CollectiveOp::kBroadcast;
  input.ranks = 4;
  input.bytes = Bytes(64);
  const auto binomial = BuildSchedule("binomial", input);
  EXPECT_THAT(WriteMsccl({.name = "b", .op = input.op, .schedule = *binomial}),
              FailsWith("MSCCL: found broadcast; accepted: all_reduce, all_gather, reduce_scatter, "
                        "all_to_all over ranks"));
  input.op = CollectiveOp::kAllToAll;
  const auto bruck = BuildSchedule("bruck", input);
  EXPECT_THAT(WriteMsccl({.name = "b", .op = input.op, .schedule = *bruck}),
              FailsContaining("needs scratch buffers"));
}

TEST(MscclTest, FaultsNameTheirPlace) {
  EXPECT_THAT(ReadMsccl("<algo", "f.xml"), FailsContaining("f.xml:1:"));
  EXPECT_THAT(ReadMsccl("<x/>", "f.xml"), FailsWith("f.xml:1:1: accepted: an element <algo>"));
  EXPECT_THAT(ReadMsccl(With("ngpus=\"2\"", "ngpus=\"3\""), "f.xml"),
              FailsWith("f.xml:1:2: algo: ngpus: found 3 for 2 gpus"));
  EXPECT_THAT(ReadMsccl(With("allreduce", "allmix"), "f.xml"),
              FailsWith("f.xml:1:2: algo: coll: found \"allmix\"; accepted: allreduce, allgather, "
                        "reduce_scatter, alltoall"));
  EXPECT_THAT(ReadMsccl(With("type=\"rrc\"", "type=\"rrx\""), "f.xml"),
              FailsContaining("f.xml:17:8: step: type: found \"rrx\"; accepted: s, r, rcs"));
  EXPECT_THAT(ReadMsccl(With("srcbuf=\"s\"", "srcbuf=\"q\""), "f.xml"),
              FailsWith("f.xml:7:8: step: srcbuf: found \"q\"; accepted: i, o, s"));
  EXPECT_THAT(ReadMsccl(With("depid=\"0\" deps=\"2\"", "depid=\"7\" deps=\"2\""), "f.xml"),
              FailsWith("f.xml:10:8: step: depid: there is no thread block 7"));
  EXPECT_THAT(ReadMsccl(With("s_chunks=\"1\"", "s_chunks=\"0\""), "f.xml"),
              FailsContaining("step: dstoff: beyond the buffer"));
  EXPECT_THAT(ReadMsccl(With("send=\"1\"", "send=\"0\""), "f.xml"),
              FailsWith("f.xml:4:6: tb: send: found \"0\", the GPU itself; accepted: another one, "
                        "-1 for none"));
}

TEST(MscclTest, WhatIsWrongWithTheAlgorithmIsSaid) {
  // Replaces where it should add: a contribution is lost.
  EXPECT_THAT(ReadMsccl(With("type=\"rrc\"", "type=\"r\""), "f.xml"),
              FailsContaining("f.xml:1:2: algo: "));
  // Both wait for the other's send.
  EXPECT_THAT(ReadMsccl(With("depid=\"0\" deps=\"2\"", "depid=\"1\" deps=\"1\""), "f.xml"),
              FailsContaining("step: waits for ever"));
  // A chunk that nobody receives.
  EXPECT_THAT(ReadMsccl(With("type=\"r\" srcbuf=\"i\" srcoff=\"1\"",
                             "type=\"nop\" srcbuf=\"i\" srcoff=\"1\""),
                        "f.xml"),
              FailsWith("f.xml:1:2: algo: GPU 0 receives too little from GPU 1 on channel 1"));
}

}  // namespace
}  // namespace tessera
