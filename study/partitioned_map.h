// Independent pieces of work over the processes of one run, on this machine or several.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/window_transport.h"
#include "study/process_pool.h"

namespace tessera {

// Results of work(0) .. work(count - 1) by index, at every partition, each of which calls it with
// equal arguments. Partitions take pieces in turn and tell one another the answers every few
// pieces, so that a lost one is found before the end. Unlike in a process pool a piece that aborts
// ends its partition, and so the run. Of `options` jobs is not looked at; where `stop` is set at
// one partition, the pieces that it has left are Cancelled errors at all. Errors: the transport's.
absl::StatusOr<std::vector<absl::StatusOr<std::string>>> MapOverPartitions(
    int count, const std::function<std::string(int)>& work, const ProcessPoolOptions& options,
    WindowTransport& transport);

}  // namespace tessera
