#include "configs/description_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "configs/closest_name.h"
#include "configs/formats/hugging_face.h"
#include "configs/model.pb.h"
#include "configs/rules.pb.h"
#include "configs/system.pb.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using google::protobuf::Message;

bool IsPath(const std::string& name) {
  return absl::StrContains(name, '/') || absl::EndsWith(name, ".yaml") ||
         absl::EndsWith(name, ".yml") || absl::EndsWith(name, ".json");
}

const std::string& KindOf(const Message& message) {
  return message.GetDescriptor()->options().GetExtension(schema::shape).catalog();
}

// Descriptions are called as their file unless they say otherwise.
void SetDefaultName(const std::string& file, Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("name");
  TESSERA_CHECK(field != nullptr);
  if (message.GetReflection()->HasField(message, field)) return;
  message.GetReflection()->SetString(&message, field, fs::path(file).stem().string());
}

}  // namespace

std::vector<std::string> DescriptionNames(const std::string& directory, const std::string& kind) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(directory) / kind, error)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> DescriptionReader::FileOf(const std::string& name,
                                                      const std::string& kind,
                                                      const Position& from) const {
  if (IsPath(name)) {
    // What stands in a file is relative to the file; what stands on the command line is not.
    const fs::path folder = from.line == 0 ? fs::path() : fs::path(from.file).parent_path();
    return (folder / name).lexically_normal().string();
  }
  const std::vector<std::string> names = DescriptionNames(directory_, kind);
  if (!std::binary_search(names.begin(), names.end(), name)) {
    const std::string message = absl::StrCat("no \"", name, "\" in ", directory_, "/", kind, "; ",
                                             AcceptedNames(name, names));
    if (from.file.empty()) return absl::NotFoundError(message);
    return ErrorAt(from, message);
  }
  return (fs::path(directory_) / kind / (name + ".yaml")).string();
}

absl::Status DescriptionReader::Read(const std::string& name, const Position& from,
                                     const std::string& path, MessageDecoder& decoder,
                                     Message& message) {
  TESSERA_ASSIGN_OR_RETURN(const std::string file, FileOf(name, KindOf(message), from));
  const absl::StatusOr<YamlValue> tree = ReadYamlFile(file);
  if (tree.status().code() == absl::StatusCode::kNotFound && !from.file.empty()) {
    return ErrorAt(from, tree.status().message());
  }
  TESSERA_RETURN_IF_ERROR(tree.status());
  if (auto* model = dynamic_cast<schema::Model*>(&message);
      model != nullptr && IsHuggingFaceConfig(*tree)) {
    positions_.Set(path, {file, tree->line, tree->column});
    return HuggingFaceToSchema(*tree, file, *model);
  }
  TESSERA_RETURN_IF_ERROR(decoder.Decode(*tree, file, path, message));
  SetDefaultName(file, message);
  return absl::OkStatus();
}

absl::Status DescriptionReader::ReadWhole(const std::string& name, Message& message) {
  TESSERA_RETURN_IF_ERROR(Read(name, Position{}, "", decoder_, message));
  return CheckRequired(message, "", positions_);
}

absl::Status DescriptionReader::CompleteSystem(const std::string& path, schema::System& system) {
  const std::string& link = system.chip().scale_up().link();
  if (!system.has_scale_up() || system.scale_up().has_link() || link.empty()) {
    return absl::OkStatus();
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  const Position from = positions_.Of(prefix + "chip.scale_up.link");
  return Read(link, from, prefix + "scale_up.link", decoder_,
              *system.mutable_scale_up()->mutable_link());
}

}  // namespace tessera
