// Who may speak to the inbox of a process. With keys: the run's clients and nobody else, by a ZAP
// handler (ZeroMQ RFC 27). Whoever is refused gets a line in the log; the first 20 do, so that one
// who tries for ever does not fill it.
#pragma once

#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "absl/strings/string_view.h"
#include "nodes/curve_keys.h"

namespace tessera {

class ZmqAdmission {
 public:
  explicit ZmqAdmission(CurveKeys keys) : keys_(std::move(keys)) {}

  // Call before the inbox is bound. Throws zmq::error_t, like all others here.
  void Guard(zmq::context_t& context, zmq::socket_t& inbox);
  void AddTo(std::vector<zmq::pollitem_t>& items);
  // Answers who asks to be admitted and logs who was refused. Does not wait.
  void Work();
  // One line in the log: "refused WHOM: WHY".
  void Refuse(absl::string_view whom, absl::string_view why);
  void Close();

 private:
  void Answer();
  bool Admits(const std::vector<std::string>& request) const;

  const CurveKeys keys_;
  zmq::socket_t authenticator_;
  zmq::socket_t monitor_;
  zmq::socket_t* inbox_ = nullptr;
  int strangers_ = 0;  // Connections that have not proved anything yet.
  int refused_ = 0;
};

}  // namespace tessera
