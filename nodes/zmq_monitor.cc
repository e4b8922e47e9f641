#include "nodes/zmq_monitor.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace tessera {

zmq::socket_t MonitorOf(zmq::context_t& context, zmq::socket_t& socket, const std::string& name) {
  const std::string address = absl::StrCat("inproc://monitor-", name);
  zmq_socket_monitor(socket.handle(), address.c_str(), ZMQ_EVENT_ALL);
  zmq::socket_t monitor(context, zmq::socket_type::pair);
  monitor.connect(address);
  return monitor;
}

std::optional<ZmqEvent> NextEvent(zmq::socket_t& monitor) {
  zmq::message_t event;
  zmq::message_t endpoint;
  if (!monitor.recv(event, zmq::recv_flags::dontwait)) return std::nullopt;
  if (!monitor.recv(endpoint, zmq::recv_flags::none)) return std::nullopt;
  ZmqEvent result{.endpoint = endpoint.to_string()};
  // Packed: 16 bits of number, 32 of value.
  if (event.size() < sizeof(result.number) + sizeof(result.value)) return std::nullopt;
  std::memcpy(&result.number, event.data(), sizeof(result.number));
  std::memcpy(&result.value, event.data<char>() + sizeof(result.number), sizeof(result.value));
  return result;
}

}  // namespace tessera
