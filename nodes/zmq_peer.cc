#include "nodes/zmq_peer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "nodes/zmq_guard.h"
#include "nodes/zmq_monitor.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// After a peer's connection broke: what it sent before, and who it blames, may still arrive.
constexpr std::chrono::milliseconds kLastWords{300};

// What an event of a connection to a peer says of the peer's loss; empty: nothing.
std::string LossBy(uint16_t event) {
  switch (event) {
    case ZMQ_EVENT_DISCONNECTED:
      return "its connection broke (killed, stopped or cut off)";
    case ZMQ_EVENT_CLOSED:
      return "it cannot be reached";
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      return "it refuses the keys of this run";
    default:
      return "";
  }
}

}  // namespace

void ZmqPeer::Connect(zmq::context_t& context, zmq::socket_t socket, const ZmqTransport::Peer& peer,
                      const std::string& label) {
  name_ = peer.name;
  socket_ = std::move(socket);
  socket_.set(zmq::sockopt::reconnect_ivl, -1);  // Never resume a connection.
  monitor_ = MonitorOf(context, socket_, label);
  socket_.connect(peer.endpoint);
}

absl::Status ZmqPeer::Send(const EncodedFrame& frame) {
  if (!socket_ || lost_.has_value()) return absl::OkStatus();
  return GuardZmq(absl::StrCat("sending to ", name_), [&] {
    socket_.send(zmq::buffer(frame.header), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    socket_.send(zmq::buffer(frame.payload), zmq::send_flags::dontwait);
  });
}

void ZmqPeer::Watch() {
  while (const auto event = NextEvent(monitor_)) {
    const std::string how = LossBy(event->number);
    if (how.empty() || lost_.has_value()) continue;
    lost_ = Clock::now();
    lost_how_ = how;
  }
}

absl::Status ZmqPeer::Loss() const {
  if (!lost_.has_value() || Clock::now() - *lost_ < kLastWords) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("lost ", name_, ": ", lost_how_));
}

void ZmqPeer::Close() {
  if (!socket_) return;
  zmq_socket_monitor(socket_.handle(), nullptr, 0);
  if (lost_.has_value()) socket_.set(zmq::sockopt::linger, 0);
  monitor_.close();
  socket_.close();
}

}  // namespace tessera
