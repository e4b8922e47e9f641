// A ZeroMQ program that does not belong to a run and speaks to one of its processes.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "nodes/zmq_curve.h"

namespace tessera {

struct StrangersWords {
  std::string header;
  std::string payload;
  std::chrono::milliseconds stays{100};  // Afterwards, so that they are heard.
};

// With `keys`, if there are any.
inline void SpeakAsStranger(const std::string& endpoint, const CurveKeys& keys,
                            const StrangersWords& words) {
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.set(zmq::sockopt::linger, 0);
  SecureClient(socket, keys);
  socket.connect(endpoint);
  socket.send(zmq::buffer(words.header), zmq::send_flags::sndmore);
  socket.send(zmq::buffer(words.payload), zmq::send_flags::none);
  std::this_thread::sleep_for(words.stays);
}

}  // namespace tessera
