#include "core/byte_codec.h"

#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(ByteCodec, ValuesComeBackAsTheyWere) {
  ByteWriter writer;
  writer.Write(int64_t{-5});
  writer.WriteAll<uint16_t>({1, 2, 65535});
  writer.WriteText("text");
  writer.WriteAll<double>({});
  const std::string bytes = writer.Take();
  ByteReader reader(bytes);
  int64_t number = 0;
  std::vector<uint16_t> numbers;
  std::string text;
  std::vector<double> none = {1};
  ASSERT_THAT(reader.Read(number), IsOk());
  ASSERT_THAT(reader.ReadAll(numbers), IsOk());
  ASSERT_THAT(reader.ReadText(text), IsOk());
  ASSERT_THAT(reader.ReadAll(none), IsOk());
  EXPECT_EQ(number, -5);
  EXPECT_EQ(numbers, (std::vector<uint16_t>{1, 2, 65535}));
  EXPECT_EQ(text, "text");
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(reader.left(), 0U);
}

TEST(ByteCodec, ARecordThatIsCutOffIsAnErrorAtEveryLength) {
  ByteWriter writer;
  writer.WriteAll<int32_t>({1, 2, 3});
  const std::string bytes = writer.Take();
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(absl::string_view(bytes).substr(0, size));
    std::vector<int32_t> values;
    EXPECT_THAT(reader.ReadAll(values), FailsWith("the record is cut off"));
  }
  ByteReader huge("\xff\xff\xff\xff\xff\xff\xff\xff");
  std::vector<int64_t> values;
  EXPECT_THAT(huge.ReadAll(values), FailsWith("the record is cut off"));
}

}  // namespace
}  // namespace tessera
