// The files of an ASTRA-sim run as its command line names them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "nodes/astra/parity.h"

namespace tessera {

struct AstraFiles {
  std::string workload;  // PREFIX of PREFIX.RANK.et.
  std::string system;
  std::string network;
  std::string remote_memory;  // Empty: none.
  std::string groups;         // Empty, or any name with "empty" in it: none.
};

// Reads them all. Errors: those of the readers.
absl::StatusOr<AstraInputs> ReadAstraInputs(const AstraFiles& files);

// Traces PREFIX.0.et to PREFIX.(ranks - 1).et.
absl::StatusOr<std::vector<ChakraTrace>> ReadChakraFiles(const std::string& prefix, int ranks);

}  // namespace tessera
