// The graph that the nodes of a Chakra trace form. Private to the room.
#pragma once

#include "absl/status/status.h"
#include "configs/formats/chakra.h"

namespace tessera {

// By id. An error for an id that is there twice.
absl::Status SortChakraNodes(ChakraTrace& trace, absl::string_view file);

// Of sorted nodes: an error for a dependency on a node that is not there, and for circles.
absl::Status CheckChakraGraph(const ChakraTrace& trace, absl::string_view file);

}  // namespace tessera
