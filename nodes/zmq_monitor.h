// What happens to the connections of a ZeroMQ socket (zmq_socket_monitor).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <zmq.hpp>

namespace tessera {

struct ZmqEvent {
  uint16_t number = 0;  // ZMQ_EVENT_...
  uint32_t value = 0;   // For most events the connection's file descriptor.
  std::string endpoint{};
};

// The end where the events of `socket` arrive; `name` is unique in the context. Throws
// zmq::error_t.
zmq::socket_t MonitorOf(zmq::context_t& context, zmq::socket_t& socket, const std::string& name);
// The next one, if it is there. Throws zmq::error_t.
std::optional<ZmqEvent> NextEvent(zmq::socket_t& monitor);

}  // namespace tessera
