// YAML to Protobuf by reflection: fills a message of the schema from a tree, following the rules
// in its options (units, ranges, references to other files). Private to the room.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "configs/positions.h"
#include "configs/yaml_tree.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace tessera {

class MessageDecoder;

// Finds what a scalar names where a description is expected: a name of the catalogue or a path.
class ReferenceReader {
 public:
  virtual ~ReferenceReader() = default;
  // Fills `message`, which stands at `path` of the whole, from the description called `name` in
  // the text at `from`. Errors carry their place.
  virtual absl::Status Read(const std::string& name, const Position& from, const std::string& path,
                            MessageDecoder& decoder, google::protobuf::Message& message) = 0;
};

class MessageDecoder {
 public:
  // Both outlive the decoder.
  MessageDecoder(ReferenceReader& references, PositionTable& positions)
      : references_(references), positions_(positions) {}

  // Sets what `value` gives on top of what `message` already holds: mappings merge, scalars and
  // lists replace. `path` is the place of the message in the whole ("" for the root). The message
  // is incomplete if this fails. Errors: unknown keys, wrong types, units, ranges.
  absl::Status Decode(const YamlValue& value, const std::string& file, const std::string& path,
                      google::protobuf::Message& message);

 private:
  // One value on its way into one field.
  struct Slot {
    const YamlValue& value;
    const std::string& file;
    std::string path;
    google::protobuf::Message& message;
    const google::protobuf::FieldDescriptor& field;
  };

  Position PositionOf(const Slot& slot) const;
  absl::Status DecodeMap(const YamlValue& value, const std::string& file, const std::string& path,
                         google::protobuf::Message& message);
  absl::Status DecodeField(const Slot& slot);
  absl::Status DecodeMessage(const Slot& slot, google::protobuf::Message& target);
  absl::Status DecodeScalarForMessage(const Slot& slot, google::protobuf::Message& target);
  absl::Status DecodeList(const Slot& slot);
  absl::Status DecodeElement(const Slot& slot);
  absl::Status ChangeElements(const Slot& slot);
  absl::Status DecodeTextMap(const Slot& slot);
  absl::Status ReadReference(const std::string& name, const Position& from, const std::string& path,
                             google::protobuf::Message& message);

  ReferenceReader& references_;
  PositionTable& positions_;
  int reference_depth_ = 0;
};

// Names of the keys that a message takes, in the order of the schema.
std::vector<std::string> KeysOf(const google::protobuf::Descriptor& descriptor);

// Every required field of the message and of what it holds is there.
absl::Status CheckRequired(const google::protobuf::Message& message, const std::string& path,
                           const PositionTable& positions);

}  // namespace tessera
