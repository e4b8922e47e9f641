// Reads descriptions (chips, links, models, systems) from files into messages of the schema, and
// follows their references to each other. Private to the room.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/message_decoder.h"
#include "configs/positions.h"

namespace tessera {

namespace schema {
class System;
}  // namespace schema

// Names of the files of one kind ("chips"), sorted.
std::vector<std::string> DescriptionNames(const std::string& directory, const std::string& kind);

class DescriptionReader final : public ReferenceReader {
 public:
  explicit DescriptionReader(std::string directory)
      : directory_(std::move(directory)), decoder_(*this, positions_) {}

  absl::Status Read(const std::string& name, const Position& from, const std::string& path,
                    MessageDecoder& decoder, google::protobuf::Message& message) override;

  // A whole description by name or path, complete: required fields are there.
  absl::Status ReadWhole(const std::string& name, google::protobuf::Message& message);
  // Decodes a tree on top of `message`.
  absl::Status Decode(const YamlValue& tree, const std::string& file,
                      google::protobuf::Message& message) {
    return decoder_.Decode(tree, file, "", message);
  }
  // The link of a scale-up network that names none is the chip's.
  absl::Status CompleteSystem(const std::string& path, schema::System& system);

  const PositionTable& positions() const { return positions_; }

 private:
  absl::StatusOr<std::string> FileOf(const std::string& name, const std::string& kind,
                                     const Position& from) const;

  std::string directory_;
  PositionTable positions_;
  MessageDecoder decoder_;
};

}  // namespace tessera
