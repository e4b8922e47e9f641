#include "configs/formats/chakra.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/formats/chakra.pb.h"
#include "configs/formats/chakra_graph.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kTypes = 8;
constexpr int kCollectives = 10;
constexpr int kMaxGroup = 2'000;  // As in group files.
constexpr int64_t kMaxFileBytes = int64_t{1} << 30;

absl::Status FaultAt(absl::string_view file, size_t offset, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": byte ", offset, ": ", message));
}

// Takes messages off a file one after the other.
class Frames {
 public:
  Frames(absl::string_view bytes, absl::string_view file) : bytes_(bytes), file_(file) {}

  bool AtEnd() const { return next_ == bytes_.size(); }
  size_t offset() const { return offset_; }  // Of the last message.

  absl::Status Read(google::protobuf::Message& message, absl::string_view what) {
    const size_t start = next_;
    uint64_t length = 0;
    if (!ReadLength(length)) {
      return FaultAt(file_, start, absl::StrCat("no whole length of a ", what));
    }
    const size_t left = bytes_.size() - next_;
    if (length > left) {
      return FaultAt(file_, start,
                     absl::StrCat("a ", what, " of ", length, " bytes, but only ", left,
                                  " are left: the file is cut off"));
    }
    offset_ = next_;
    next_ += length;
    if (message.ParseFromArray(bytes_.data() + offset_, static_cast<int>(length))) {
      return absl::OkStatus();
    }
    return FaultAt(file_, offset_, absl::StrCat("these ", length, " bytes are no ", what));
  }
  absl::Status Fault(absl::string_view message) const { return FaultAt(file_, offset_, message); }

 private:
  bool ReadLength(uint64_t& length) {
    for (int shift = 0; shift < 35 && next_ < bytes_.size(); shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes_[next_++]);
      length |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return length <= kMaxFileBytes;
    }
    return false;
  }

  absl::string_view bytes_;
  absl::string_view file_;
  size_t next_ = 0;
  size_t offset_ = 0;
};

// The value as a whole number, from any of the numeric types; nothing from others and from
// fractions.
std::optional<int64_t> WholeNumber(const chakra::Attribute& a) {
  using V = chakra::Attribute::ValueCase;
  const auto whole = [](double value) -> std::optional<int64_t> {
    const bool fits = value > -9e18 && value < 9e18;
    if (!fits || static_cast<double>(static_cast<int64_t>(value)) != value) return std::nullopt;
    return static_cast<int64_t>(value);
  };
  switch (a.value_case()) {
    case V::kInt32Val:
      return a.int32_val();
    case V::kInt64Val:
      return a.int64_val();
    case V::kUint32Val:
      return a.uint32_val();
    case V::kUint64Val:
      return static_cast<int64_t>(a.uint64_val());
    case V::kSint32Val:
      return a.sint32_val();
    case V::kSint64Val:
      return a.sint64_val();
    case V::kFixed32Val:
      return a.fixed32_val();
    case V::kFixed64Val:
      return static_cast<int64_t>(a.fixed64_val());
    case V::kSfixed32Val:
      return a.sfixed32_val();
    case V::kSfixed64Val:
      return a.sfixed64_val();
    case V::kBoolVal:
      return a.bool_val() ? 1 : 0;
    case V::kDoubleVal:
      return whole(a.double_val());
    case V::kFloatVal:
      return whole(static_cast<double>(a.float_val()));
    default:
      return std::nullopt;
  }
}

// Fills one node from the attributes of its message.
class AttributeReader {
 public:
  AttributeReader(const Frames& frames, ChakraNode& node) : frames_(frames), node_(node) {}

  absl::Status Read(const chakra::Attribute& a) {
    const std::string& name = a.name();
    if (name == "is_cpu_op") return Number(a, 1, [&](int64_t v) { node_.on_cpu = v != 0; });
    if (name == "num_ops") return Number(a, kMost, [&](auto v) { node_.operations = Count(v); });
    if (name == "tensor_size") {
      return Number(a, kMost, [&](int64_t v) { node_.tensor_bytes = Count(v); });
    }
    if (name == "comm_type") {
      return Number(a, kCollectives - 1,
                    [&](int64_t v) { node_.collective = static_cast<ChakraCollective>(v); });
    }
    if (name == "comm_size") return Number(a, kMost, [&](auto v) { node_.bytes = Count(v); });
    if (name == "comm_priority") return Number(a, kRanks, [&](auto v) { node_.priority = v; });
    if (name == "comm_src") {
      return Number(a, kRanks, [&](auto v) { node_.source = static_cast<uint32_t>(v); });
    }
    if (name == "comm_dst") {
      return Number(a, kRanks, [&](auto v) { node_.target = static_cast<uint32_t>(v); });
    }
    if (name == "comm_tag") {
      return Number(a, UINT32_MAX, [&](auto v) { node_.tag = static_cast<uint32_t>(v); });
    }
    if (name == "comm_group") return Number(a, kMaxGroup, [&](auto v) { SetGroup(v); });
    if (name == "pg_name") return Group(a);
    if (name == "involved_dim") return Dimensions(a);
    return absl::OkStatus();
  }

 private:
  static constexpr int64_t kMost = int64_t{1} << 62;
  static constexpr int64_t kRanks = (int64_t{1} << 31) - 1;
  static uint64_t Count(int64_t value) { return static_cast<uint64_t>(value); }
  void SetGroup(int64_t group) { node_.group = static_cast<int>(group); }

  template <typename Set>
  absl::Status Number(const chakra::Attribute& a, int64_t most, Set set) {
    const std::optional<int64_t> value = WholeNumber(a);
    if (!value || *value < 0 || *value > most) {
      return frames_.Fault(absl::StrCat("node ", node_.id, ": ", a.name(), ": found ",
                                        value ? absl::StrCat(*value) : "no whole number",
                                        "; accepted: 0 to ", most));
    }
    set(*value);
    return absl::OkStatus();
  }
  absl::Status Group(const chakra::Attribute& a) {
    if (a.value_case() != chakra::Attribute::kStringVal) {
      return Number(a, kMaxGroup, [&](auto v) { SetGroup(v); });
    }
    int group = 0;
    const bool known = a.string_val().empty() || (absl::SimpleAtoi(a.string_val(), &group) &&
                                                  group >= 0 && group <= kMaxGroup);
    if (known) {
      node_.group = group;
      return absl::OkStatus();
    }
    return frames_.Fault(absl::StrCat("node ", node_.id, ": pg_name: found \"", a.string_val(),
                                      "\"; accepted: a number from 0 to ", kMaxGroup));
  }
  absl::Status Dimensions(const chakra::Attribute& a) {
    if (a.value_case() != chakra::Attribute::kBoolList) {
      return frames_.Fault(
          absl::StrCat("node ", node_.id, ": involved_dim: accepted: a list of bool"));
    }
    node_.involved_dimensions.assign(a.bool_list().values().begin(), a.bool_list().values().end());
    return absl::OkStatus();
  }

  const Frames& frames_;
  ChakraNode& node_;
};

absl::StatusOr<ChakraNode> ReadNode(Frames& frames, chakra::Node& message) {
  TESSERA_RETURN_IF_ERROR(frames.Read(message, "Node"));
  ChakraNode node;
  node.id = message.id();
  node.name = message.name();
  if (message.type() < 0 || message.type() >= kTypes) {
    return frames.Fault(absl::StrCat("node ", node.id, ": type: found ", message.type(),
                                     "; accepted: 0 to ", kTypes - 1));
  }
  node.type = static_cast<ChakraType>(message.type());
  node.duration_us = message.duration_micros();
  if (node.duration_us > UINT64_MAX / 2 / 1000) {
    return frames.Fault(absl::StrCat("node ", node.id, ": duration_micros: found ",
                                     node.duration_us, "; accepted: below 292,000 years"));
  }
  node.dependencies.assign(message.data_deps().begin(), message.data_deps().end());
  node.dependencies.insert(node.dependencies.end(), message.ctrl_deps().begin(),
                           message.ctrl_deps().end());
  std::sort(node.dependencies.begin(), node.dependencies.end());
  node.dependencies.erase(std::unique(node.dependencies.begin(), node.dependencies.end()),
                          node.dependencies.end());
  AttributeReader attributes(frames, node);
  for (const chakra::Attribute& a : message.attr()) {
    TESSERA_RETURN_IF_ERROR(attributes.Read(a));
  }
  if (node.type == ChakraType::kMetadata) node.process_groups = message.inputs().values();
  return node;
}

}  // namespace

absl::StatusOr<ChakraTrace> ReadChakraTrace(absl::string_view bytes, absl::string_view file) {
  ChakraTrace trace;
  Frames frames(bytes, file);
  chakra::GlobalMetadata metadata;
  TESSERA_RETURN_IF_ERROR(frames.Read(metadata, "GlobalMetadata"));
  trace.version = metadata.version();
  chakra::Node message;
  while (!frames.AtEnd()) {
    TESSERA_ASSIGN_OR_RETURN(ChakraNode node, ReadNode(frames, message));
    trace.nodes.push_back(std::move(node));
  }
  TESSERA_RETURN_IF_ERROR(SortChakraNodes(trace, file));
  TESSERA_RETURN_IF_ERROR(CheckChakraGraph(trace, file));
  return trace;
}

absl::StatusOr<ChakraTrace> ReadChakraFile(const std::string& path) {
  TESSERA_ASSIGN_OR_RETURN(const std::string bytes, ReadTextFile(path, kMaxFileBytes));
  return ReadChakraTrace(bytes, path);
}

absl::string_view ChakraTypeName(ChakraType type) {
  constexpr absl::string_view kNames[kTypes] = {"INVALID_NODE",   "METADATA_NODE", "MEM_LOAD_NODE",
                                                "MEM_STORE_NODE", "COMP_NODE",     "COMM_SEND_NODE",
                                                "COMM_RECV_NODE", "COMM_COLL_NODE"};
  return kNames[static_cast<size_t>(type)];
}

absl::string_view ChakraCollectiveName(ChakraCollective collective) {
  constexpr absl::string_view kNames[kCollectives] = {
      "ALL_REDUCE", "REDUCE",         "ALL_GATHER",           "GATHER", "SCATTER", "BROADCAST",
      "ALL_TO_ALL", "REDUCE_SCATTER", "REDUCE_SCATTER_BLOCK", "BARRIER"};
  return kNames[static_cast<size_t>(collective)];
}

}  // namespace tessera
