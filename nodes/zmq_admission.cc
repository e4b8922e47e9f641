#include "nodes/zmq_admission.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "core/log.h"
#include "nodes/zmq_monitor.h"

namespace tessera {
namespace {

constexpr int kLoggedRefusals = 20;

}  // namespace

void ZmqAdmission::Guard(zmq::context_t& context, zmq::socket_t& inbox) {
  if (!keys_.empty()) {
    authenticator_ = zmq::socket_t(context, zmq::socket_type::rep);
    authenticator_.bind("inproc://zeromq.zap.01");
  }
  monitor_ = MonitorOf(context, inbox, "inbox");
  inbox_ = &inbox;
}

void ZmqAdmission::AddTo(std::vector<zmq::pollitem_t>& items) {
  items.push_back({monitor_.handle(), 0, ZMQ_POLLIN, 0});
  if (authenticator_) items.push_back({authenticator_.handle(), 0, ZMQ_POLLIN, 0});
}

void ZmqAdmission::Work() {
  if (authenticator_) Answer();
  while (const auto event = NextEvent(monitor_)) {
    if (event->number == ZMQ_EVENT_ACCEPTED) ++strangers_;
    if (event->number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) --strangers_;
    // All that ZeroMQ says where the first bytes are not of its protocol. Which connection broke is
    // not told; but if one of the run's own did, the run ends.
    if (event->number != ZMQ_EVENT_DISCONNECTED || strangers_ == 0) continue;
    --strangers_;
    Refuse(absl::StrCat("a peer at ", event->endpoint),
           "it does not speak the protocol of this run or lacks its keys");
  }
}

bool ZmqAdmission::Admits(const std::vector<std::string>& request) const {
  // Version, request, domain, address, identity, mechanism, the client's public key.
  constexpr size_t kCurveParts = 7;
  constexpr size_t kKeyBytes = 32;
  if (request.size() != kCurveParts || request[5] != "CURVE" || request[6].size() != kKeyBytes) {
    return false;
  }
  std::array<char, 41> key{};
  zmq_z85_encode(key.data(), reinterpret_cast<const uint8_t*>(request[6].data()), kKeyBytes);
  return keys_.client_public == key.data();
}

void ZmqAdmission::Answer() {
  zmq::message_t part;
  while (authenticator_.recv(part, zmq::recv_flags::dontwait)) {
    std::vector<std::string> request = {part.to_string()};
    while (part.more() && authenticator_.recv(part, zmq::recv_flags::none)) {
      request.push_back(part.to_string());
    }
    const bool admitted = Admits(request);
    if (!admitted) {
      Refuse(absl::StrCat("a peer at ", request.size() > 3 ? request[3] : "an unknown address"),
             "it does not have the keys of this run");
    }
    const std::string number = request.size() > 1 ? request[1] : "";
    const std::array<std::string, 6> answer = {
        "1.0", number, admitted ? "200" : "400", admitted ? "OK" : "not of this run", "", ""};
    for (size_t i = 0; i < answer.size(); ++i) {
      authenticator_.send(zmq::buffer(answer[i]),
                          i + 1 < answer.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }
}

void ZmqAdmission::Refuse(absl::string_view whom, absl::string_view why) {
  ++refused_;
  if (refused_ > kLoggedRefusals) return;
  LogWarn(absl::StrCat("refused ", whom, ": ", why,
                       refused_ == kLoggedRefusals ? " (further ones are not logged)" : ""));
}

void ZmqAdmission::Close() {
  if (inbox_ != nullptr && *inbox_) zmq_socket_monitor(inbox_->handle(), nullptr, 0);
  monitor_.close();
  authenticator_.close();
}

}  // namespace tessera
