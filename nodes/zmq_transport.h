// Partitions of one simulation as processes, over ZeroMQ: ipc on one machine, tcp between machines.
//
// Every process binds one inbox and connects to the inbox of every other. Fail-stop: a connection
// that breaks (a killed process, a cut link, a process that answers no heartbeats because it is
// stopped) ends the run, since ZeroMQ has lost what was in flight when it connects again. A process
// that answers heartbeats but does not end its window is found by a watchdog. Who finds a loss
// tells the others, so that all end with one cause and the name of the lost process.
//
// Over tcp beyond loopback connections are encrypted and both sides prove the run's keys (CURVE); a
// peer without them, with those of another run, or one that sends what is no frame of this run is
// refused with a line in the log, and the run goes on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nodes/alarm.h"
#include "nodes/curve_keys.h"
#include "nodes/framed_transport.h"

namespace tessera {

struct ZmqTransportOptions {
  std::string run_id{};
  int self = 0;
  int partitions = 1;
  CurveKeys keys{};  // Empty: not encrypted; only for ipc and loopback.
  std::chrono::milliseconds heartbeat_interval{250};
  std::chrono::milliseconds heartbeat_timeout{2000};
  // A peer that sends nothing for so long in a window is lost, and one that does not come at first.
  std::chrono::milliseconds window_timeout{600'000};
  std::chrono::milliseconds connect_timeout{300'000};
  // Called on another thread when a process is lost while this one exchanges no windows for 2 s:
  // it prepares the run or is deep in a window. Ends the process. None: found at the next window.
  std::function<void(const absl::Status&)> give_up = nullptr;
  const Alarm* alarm = nullptr;  // Raised: ends the run on all processes. Outlives the transport.
};

class ZmqTransport : public FramedTransport {
 public:
  using FramedTransport::FramedTransport;

  // Binds the inbox at `endpoint`: "ipc:///path" or "tcp://host:port"; port * is any free one.
  // Errors: the address cannot be bound; a tcp address beyond loopback without keys.
  static absl::StatusOr<std::unique_ptr<ZmqTransport>> Bind(const std::string& endpoint,
                                                            ZmqTransportOptions options);

  // Where others reach the inbox.
  virtual const std::string& endpoint() const = 0;

  struct Peer {
    std::string endpoint{};
    std::string name{};  // For messages: "process 2 (pid 71 on node3)".
  };
  // By partition; the own entry is not looked at. Call once, before the first Exchange.
  virtual absl::Status Connect(const std::vector<Peer>& peers) = 0;
};

}  // namespace tessera
