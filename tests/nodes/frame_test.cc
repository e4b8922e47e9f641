#include "nodes/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/wire.pb.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

const FrameContext kContext{.run_id = "run-a", .partitions = 3};

WindowMessage SomeWindow() {
  WindowMessage message{.window = 7, .stop = true, .next = Time(Duration(99))};
  message.earliest_sent = {Time(Duration(1)), Time(Duration(2)), Time::max()};
  for (uint64_t i = 0; i < 5; ++i) {
    message.events.push_back({.time = Time(Duration(static_cast<int64_t>(i))),
                              .order = i << 41,
                              .target = 3,
                              .kind = 4,
                              .payload = ~i});
  }
  return message;
}

TEST(Frame, AWindowComesBackAsItWas) {
  const WindowMessage sent = SomeWindow();
  const EncodedFrame encoded = EncodeWindow(kContext, 2, sent);
  EXPECT_EQ(encoded.payload.size(), 5 * sizeof(Event));
  const auto frame = DecodeFrame(kContext, encoded.header, encoded.payload);
  ASSERT_THAT(frame, IsOk());
  EXPECT_EQ(frame->sender, 2);
  EXPECT_EQ(frame->window.window, 7);
  EXPECT_TRUE(frame->window.stop);
  EXPECT_EQ(frame->window.next, sent.next);
  EXPECT_EQ(frame->window.earliest_sent, sent.earliest_sent);
  ASSERT_EQ(frame->window.events.size(), 5U);
  EXPECT_EQ(frame->window.events[4].payload, ~uint64_t{4});
  EXPECT_EQ(frame->window.events[4].order, uint64_t{4} << 41);
}

TEST(Frame, BytesComeBackAsTheyWere) {
  const std::string bytes("a\0b", 3);
  const EncodedFrame encoded = EncodeBytes(kContext, 1, FrameKind::kFailed, bytes);
  const auto frame = DecodeFrame(kContext, encoded.header, encoded.payload);
  ASSERT_THAT(frame, IsOk());
  EXPECT_EQ(frame->kind, FrameKind::kFailed);
  EXPECT_EQ(frame->bytes, bytes);
}

class FrameRefusal : public testing::Test {
 protected:
  FrameRefusal() {
    const EncodedFrame encoded = EncodeWindow(kContext, 2, SomeWindow());
    header.ParseFromString(encoded.header);
    payload = encoded.payload;
  }
  absl::StatusOr<Frame> Decode() const {
    return DecodeFrame(kContext, header.SerializeAsString(), payload);
  }
  wire::FrameHeader header;
  std::string payload;
};

TEST_F(FrameRefusal, SaysWhatIsWrong) {
  EXPECT_THAT(DecodeFrame(kContext, "GET / HTTP/1.1", ""),
              FailsWith("not a frame of this program"));
  header.set_magic(5);
  EXPECT_THAT(Decode(), FailsWith("not a frame of this program"));
}

TEST_F(FrameRefusal, OfAnotherVersion) {
  header.set_version(9);
  EXPECT_THAT(Decode(), FailsWith("version 9 of the protocol, this is 1"));
}

TEST_F(FrameRefusal, OfAnotherByteOrder) {
  header.set_byte_order(0x04030201);
  EXPECT_THAT(Decode(), FailsWith("another byte order"));
}

TEST_F(FrameRefusal, OfAnotherRun) {
  header.set_run_id("run-b");
  EXPECT_THAT(Decode(), FailsWith("it belongs to run run-b, this is run-a"));
}

TEST_F(FrameRefusal, OfAProcessThatThereIsNot) {
  header.set_sender(3);
  EXPECT_THAT(Decode(), FailsWith("from process 3 of 3"));
}

TEST_F(FrameRefusal, OfLengthsThatDoNotAgree) {
  header.set_record_count(6);
  EXPECT_THAT(Decode(), FailsWith("160 bytes for 6 records of 32"));
  header.set_record_count(uint64_t{1} << 59);  // 2^64 bytes.
  EXPECT_THAT(Decode(), FailsContaining("160 bytes for"));
  header.set_record_size(48);
  EXPECT_THAT(Decode(), FailsWith("records of 48 bytes, expected 32"));
}

TEST_F(FrameRefusal, OfAPayloadThatWasChanged) {
  payload[17] ^= 1;
  EXPECT_THAT(Decode(), FailsWith("the checksum is wrong"));
}

TEST_F(FrameRefusal, OfBoundsForOtherProcesses) {
  header.add_earliest_sent(4);
  EXPECT_THAT(Decode(), FailsWith("4 bounds for 3 processes"));
}

}  // namespace
}  // namespace tessera
