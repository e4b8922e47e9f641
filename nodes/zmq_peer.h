// The connection of a process to the inbox of another one: sends, and knows when it breaks.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <zmq.hpp>

#include "absl/status/status.h"
#include "nodes/framed_transport.h"
#include "nodes/zmq_transport.h"

namespace tessera {

class ZmqPeer {
 public:
  // `socket` has its options; `label` is unique in the context. Throws zmq::error_t.
  void Connect(zmq::context_t& context, zmq::socket_t socket, const ZmqTransport::Peer& peer,
               const std::string& label);
  const std::string& name() const { return name_; }
  // Where there is something to read when Watch() has something to do.
  zmq::socket_t& monitor() { return monitor_; }

  // Does not wait. To a peer that is lost nothing is sent; Loss() tells why.
  absl::Status Send(const EncodedFrame& frame);
  // Notes whether the connection broke. Throws zmq::error_t.
  void Watch();
  // OK: it is not lost, or what it sent before may still arrive.
  absl::Status Loss() const;
  // Nothing where it is not connected. Throws zmq::error_t.
  void Close();

 private:
  std::string name_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  std::optional<std::chrono::steady_clock::time_point> lost_;  // Its connection broke.
  std::string lost_how_;
};

}  // namespace tessera
