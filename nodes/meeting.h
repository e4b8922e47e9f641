// How the processes of one run find one another: process 0 announces the run, the others learn of
// it, and all join it. Places: a shared folder (nodes/run_directory.h), the launcher's key-value
// store (nodes/pmix_meeting.h), MPI (nodes/mpi_meeting.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nodes/alarm.h"
#include "nodes/process_transport.h"
#include "nodes/simulation.h"
#include "nodes/zmq_transport.h"

namespace tessera {

struct RunDescription {
  std::string run_id{};
  int processes = 1;
  std::string build{};     // Of the program; all processes must be one.
  std::string scenario{};  // Path,
  std::vector<std::string> overrides{};
  bool ignore_fit = false;
  Folding folding = Folding::kExact;
  // Folder of the checkpoint (nodes/window_log.h), empty: none; and how many windows are repeated.
  std::string checkpoint{};
  int64_t repeated_windows = 0;
  std::string listen{};  // Endpoint that each process binds; "ipc": a socket in the folder.
  CurveKeys keys{};      // Empty: connections stay on this machine and are not encrypted.
};

std::string PackRun(const RunDescription& run);
// Errors: `bytes` are no description; it is of another build than this program.
absl::StatusOr<RunDescription> UnpackRun(absl::string_view bytes);

// 128 random bits as hexadecimal digits.
std::string NewRunId();
// Of this program: a hash of its file, so that two builds never share a run.
absl::StatusOr<std::string> BuildId();
// "process 2 (pid 71 on node3)": this one.
std::string NameOfProcess(int process);

class Meeting {
 public:
  virtual ~Meeting() = default;

  // By process 0.
  virtual absl::Status Announce(const RunDescription& run) = 0;
  // By the others. Errors: no run is announced in time; it is of another build.
  virtual absl::StatusOr<RunDescription> Learn(std::chrono::milliseconds timeout) = 0;

  struct Waiting {
    std::chrono::milliseconds timeout{30'000};
    std::function<void(const absl::Status&)> give_up = nullptr;  // As in ZmqTransportOptions.
    const Alarm* alarm = nullptr;  // Ends the wait, and later the run.
  };
  // Waits until all have come, and connects. Errors: the processes that did not come in time.
  virtual absl::StatusOr<std::unique_ptr<ProcessTransport>> Join(const RunDescription& run,
                                                                 int self,
                                                                 const Waiting& waiting) = 0;
  // By process 0 when it has joined: nobody else does any more.
  virtual void Close() {}
};

// Binds an inbox at `endpoint`, tells the others by `exchange`, which returns everybody's place by
// process, and connects to them.
using PeerExchange =
    std::function<absl::StatusOr<std::vector<ZmqTransport::Peer>>(const ZmqTransport::Peer& mine)>;
absl::StatusOr<std::unique_ptr<ProcessTransport>> JoinOverZmq(const RunDescription& run, int self,
                                                              const std::string& endpoint,
                                                              const Meeting::Waiting& waiting,
                                                              const PeerExchange& exchange);

// Two lines: endpoint, name. Unpacking what is not that gives an empty endpoint.
std::string PackPeer(const ZmqTransport::Peer& peer);
ZmqTransport::Peer UnpackPeer(absl::string_view text);

}  // namespace tessera
