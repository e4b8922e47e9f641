// Chakra execution traces: what one rank computes, sends and receives, as a graph of nodes. One
// file a rank: messages of Protobuf, each behind its length as a varint, the first of them global
// metadata, then one node each.
//
// Numeric attributes are taken in any width (converters disagree). Attributes that no simulation
// reads are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tessera {

// Numbers as in the files.
enum class ChakraType : uint8_t {
  kInvalid,
  kMetadata,
  kMemoryLoad,
  kMemoryStore,
  kCompute,
  kSend,
  kReceive,
  kCollective,
};

enum class ChakraCollective : uint8_t {
  kAllReduce,
  kReduce,
  kAllGather,
  kGather,
  kScatter,
  kBroadcast,
  kAllToAll,
  kReduceScatter,
  kReduceScatterBlock,
  kBarrier,
};

struct ChakraNode {
  uint64_t id = 0;
  std::string name = {};
  ChakraType type = ChakraType::kInvalid;
  std::vector<uint64_t> dependencies = {};  // Data and control, distinct, ascending.
  uint64_t duration_us = 0;
  bool on_cpu = false;

  uint64_t operations = 0;    // Of a compute node.
  uint64_t tensor_bytes = 0;  // Moved by a compute node, or to or from remote memory.

  ChakraCollective collective = ChakraCollective::kAllReduce;
  uint64_t bytes = 0;  // Of a message; of a collective, per rank (an all-gather: of its shard).
  int64_t priority = 0;
  std::optional<uint32_t> source = {};  // Of a message; absent: this rank.
  std::optional<uint32_t> target = {};
  uint32_t tag = 0;
  int group = 0;                               // 0: all ranks.
  std::vector<bool> involved_dimensions = {};  // Empty: all.

  // Of a metadata node of PyTorch: its process groups, as the JSON text that it holds.
  std::string process_groups = {};
};

struct ChakraTrace {
  std::string version = {};
  std::vector<ChakraNode> nodes = {};  // Ids ascend.

  // The position of node `id`, or -1. O(log nodes).
  int64_t PositionOf(uint64_t id) const;
};

// `bytes` is a whole file, `file` names it. Errors, FILE: byte N: what was found; what would be
// accepted: a length that leads past the end, bytes that are no message, a node type, collective or
// group that is none, an attribute of another type than its use, an id twice, dependencies on
// nodes that are not there or on one another in a circle. O(bytes log bytes).
absl::StatusOr<ChakraTrace> ReadChakraTrace(absl::string_view bytes, absl::string_view file);

// Reads the file first. Larger ones than 1 GiB are refused.
absl::StatusOr<ChakraTrace> ReadChakraFile(const std::string& path);

absl::string_view ChakraTypeName(ChakraType type);                    // "COMM_SEND_NODE"
absl::string_view ChakraCollectiveName(ChakraCollective collective);  // "ALL_REDUCE"

}  // namespace tessera
