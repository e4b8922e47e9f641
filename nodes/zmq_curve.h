// Gives a ZeroMQ socket the keys of the run. Throws zmq::error_t.
#pragma once

#include <zmq.hpp>

#include "nodes/curve_keys.h"

namespace tessera {

// Of the process that accepts connections. Without keys: not encrypted, as below.
inline void SecureServer(zmq::socket_t& socket, const CurveKeys& keys) {
  if (keys.empty()) return;
  socket.set(zmq::sockopt::zap_domain, "tessera");
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_secretkey, keys.server_secret);
}

// Of those that ask for them.
inline void SecureClient(zmq::socket_t& socket, const CurveKeys& keys) {
  if (keys.empty()) return;
  socket.set(zmq::sockopt::curve_serverkey, keys.server_public);
  socket.set(zmq::sockopt::curve_publickey, keys.client_public);
  socket.set(zmq::sockopt::curve_secretkey, keys.client_secret);
}

}  // namespace tessera
