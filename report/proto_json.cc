#include "report/proto_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "report/json_text.h"

namespace tessera {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class JsonWriter {
 public:
  std::string Write(const Message& message) {
    WriteMessage(message, 0);
    out_ += '\n';
    return std::move(out_);
  }

 private:
  void WriteMessage(const Message& message, int depth) {
    const auto& fields = *message.GetDescriptor();
    bool first = true;
    out_ += '{';
    for (int i = 0; i < fields.field_count(); ++i) {
      const FieldDescriptor& field = *fields.field(i);
      if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) continue;
      if (!first) out_ += ',';
      first = false;
      NewLine(depth + 1);
      absl::StrAppend(&out_, "\"", field.name(), "\": ");
      WriteField(message, field, depth + 1);
    }
    if (!first) NewLine(depth);
    out_ += '}';
  }

  void WriteField(const Message& message, const FieldDescriptor& field, int depth) {
    if (!field.is_repeated()) return WriteValue(message, field, -1, depth);
    const int count = message.GetReflection()->FieldSize(message, &field);
    const bool nested = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    out_ += '[';
    for (int i = 0; i < count; ++i) {
      if (i > 0) out_ += nested ? "," : ", ";
      if (nested) NewLine(depth + 1);
      WriteValue(message, field, i, depth + 1);
    }
    if (nested && count > 0) NewLine(depth);
    out_ += ']';
  }

  // `index` into a repeated field, or -1.
  void WriteValue(const Message& message, const FieldDescriptor& field, int index, int depth) {
    const auto& read = *message.GetReflection();
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return WriteMessage(one ? read.GetMessage(message, &field)
                                : read.GetRepeatedMessage(message, &field, index),
                            depth);
      case FieldDescriptor::CPPTYPE_STRING:
        out_ += JsonString(one ? read.GetString(message, &field)
                               : read.GetRepeatedString(message, &field, index));
        return;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        out_ += JsonDouble(one ? read.GetDouble(message, &field)
                               : read.GetRepeatedDouble(message, &field, index));
        return;
      // Integers and truth values do not repeat in our schemas.
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += read.GetBool(message, &field) ? "true" : "false";
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        out_ += JsonInteger(int64_t{read.GetInt32(message, &field)});
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        out_ += JsonInteger(int64_t{read.GetInt64(message, &field)});
        return;
      default:
        TESSERA_CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64);
        out_ += JsonInteger(uint64_t{read.GetUInt64(message, &field)});
    }
  }

  void NewLine(int depth) { absl::StrAppend(&out_, "\n", std::string(2 * size_t(depth), ' ')); }

  std::string out_;
};

}  // namespace

std::string ProtoJson(const Message& message) { return JsonWriter().Write(message); }

}  // namespace tessera
