#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "configs/json_schema.h"
#include "core/check.h"

namespace tessera {

absl::string_view SchemaDescriptors();  // Generated: the .proto files with their comments.

namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::SourceLocation;

std::unique_ptr<DescriptorPool> PoolWithComments() {
  google::protobuf::FileDescriptorSet files;
  const absl::string_view bytes = SchemaDescriptors();
  TESSERA_CHECK(files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  auto pool = std::make_unique<DescriptorPool>();
  for (const auto& file : files.file()) TESSERA_CHECK(pool->BuildFile(file) != nullptr);
  return pool;
}

std::string OneLine(const SourceLocation& location) {
  std::vector<std::string> lines;
  for (const std::string& comment : {location.leading_comments, location.trailing_comments}) {
    for (absl::string_view line : absl::StrSplit(comment, '\n')) {
      line = absl::StripAsciiWhitespace(line);
      if (!line.empty()) lines.emplace_back(line);
    }
  }
  return absl::StrJoin(lines, " ");
}

}  // namespace

std::string SchemaComment(const std::string& full_name) {
  static const DescriptorPool& pool = *PoolWithComments().release();
  SourceLocation location;
  if (const Descriptor* message = pool.FindMessageTypeByName(full_name); message != nullptr) {
    return message->GetSourceLocation(&location) ? OneLine(location) : "";
  }
  if (const FieldDescriptor* field = pool.FindFieldByName(full_name); field != nullptr) {
    return field->GetSourceLocation(&location) ? OneLine(location) : "";
  }
  const EnumValueDescriptor* value = pool.FindEnumValueByName(full_name);
  return value != nullptr && value->GetSourceLocation(&location) ? OneLine(location) : "";
}

}  // namespace tessera
