#include "nodes/zmq_transport.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>
#include <zmq.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/log.h"
#include "core/status_macros.h"
#include "nodes/frame.h"
#include "nodes/zmq_guard.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{100};
// After a peer's connection broke: what it sent before, and who it blames, may still arrive.
constexpr milliseconds kLastWords{300};
constexpr milliseconds kLinger{1000};

bool StaysOnThisMachine(absl::string_view endpoint) {
  return absl::StartsWith(endpoint, "ipc://") || absl::StartsWith(endpoint, "inproc://") ||
         absl::StartsWith(endpoint, "tcp://127.") || absl::StartsWith(endpoint, "tcp://localhost:");
}

absl::string_view View(const zmq::message_t& message) {
  return {message.data<char>(), message.size()};
}

// What this process knows of another one.
struct PeerState {
  std::string name;
  zmq::socket_t socket;
  zmq::socket_t monitor;
  std::deque<WindowMessage> windows;
  std::deque<std::string> results;
  bool farewell = false;
  std::optional<std::string> last_words;  // It has ended the run, for this reason.
  std::optional<Clock::time_point> lost;  // Its connection broke.
  std::string lost_how;
};

class Transport final : public ZmqTransport {
 public:
  explicit Transport(ZmqTransportOptions options)
      : options_(std::move(options)),
        frames_{options_.run_id, options_.partitions},
        peers_(static_cast<size_t>(options_.partitions)) {}
  ~Transport() override { Close(); }

  absl::Status BindInbox(const std::string& endpoint);
  const std::string& endpoint() const override { return endpoint_; }
  absl::Status Connect(const std::vector<Peer>& peers) override;
  void Fail(const absl::Status& reason) override;
  int self() const override { return options_.self; }
  int partitions() const override { return options_.partitions; }
  absl::Status Exchange(const std::vector<WindowMessage>& outgoing,
                        std::vector<WindowMessage>& incoming) override;
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override;

 private:
  bool IsPeer(size_t p) const { return static_cast<int>(p) != options_.self; }
  void Secure(zmq::socket_t& socket, bool server) const;
  void KeepAlive(zmq::socket_t& socket) const;
  void ConnectTo(size_t p, const Peer& peer);
  absl::Status Send(size_t p, const EncodedFrame& frame);
  // Until `done` of every peer of interest, or one of them is lost.
  template <typename Done>
  absl::Status WaitFor(Done done, milliseconds timeout);
  absl::Status Poll();
  void TakeFrames();
  void Accept(Frame frame);
  void AnswerAuthentication();
  void WatchInbox();
  void WatchPeer(PeerState& peer);
  absl::Status LossOf(const PeerState& peer) const;
  void Close();

  const ZmqTransportOptions options_;
  const FrameContext frames_;
  std::string endpoint_;
  zmq::context_t context_;
  zmq::socket_t authenticator_;  // ZAP: who may connect (ZeroMQ RFC 27).
  zmq::socket_t inbox_;
  zmq::socket_t inbox_monitor_;
  std::vector<PeerState> peers_;  // The own entry has no sockets.
  bool met_all_ = false;
};

zmq::socket_t MonitorOf(zmq::context_t& context, zmq::socket_t& socket, const std::string& name) {
  const std::string address = absl::StrCat("inproc://monitor-", name);
  constexpr int kEvents = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                          ZMQ_EVENT_CLOSED;
  zmq_socket_monitor(socket.handle(), address.c_str(), kEvents);
  zmq::socket_t monitor(context, zmq::socket_type::pair);
  monitor.connect(address);
  return monitor;
}

// The next event of a monitor, if there is one: its number and the address.
std::optional<std::pair<uint16_t, std::string>> NextEvent(zmq::socket_t& monitor) {
  zmq::message_t event;
  zmq::message_t address;
  if (!monitor.recv(event, zmq::recv_flags::dontwait)) return std::nullopt;
  if (!monitor.recv(address, zmq::recv_flags::none)) return std::nullopt;
  uint16_t number = 0;
  if (event.size() >= sizeof(number)) std::memcpy(&number, event.data(), sizeof(number));
  return std::pair(number, std::string(View(address)));
}

void Transport::Secure(zmq::socket_t& socket, bool server) const {
  const CurveKeys& keys = options_.keys;
  if (keys.empty()) return;
  if (server) {
    socket.set(zmq::sockopt::zap_domain, "tessera");
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_secretkey, keys.server_secret);
  } else {
    socket.set(zmq::sockopt::curve_serverkey, keys.server_public);
    socket.set(zmq::sockopt::curve_publickey, keys.client_public);
    socket.set(zmq::sockopt::curve_secretkey, keys.client_secret);
  }
}

void Transport::KeepAlive(zmq::socket_t& socket) const {
  socket.set(zmq::sockopt::heartbeat_ivl, static_cast<int>(options_.heartbeat_interval.count()));
  socket.set(zmq::sockopt::heartbeat_timeout, static_cast<int>(options_.heartbeat_timeout.count()));
  socket.set(zmq::sockopt::linger, static_cast<int>(kLinger.count()));
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::rcvhwm, 0);
}

absl::Status Transport::BindInbox(const std::string& endpoint) {
  if (options_.keys.empty() && !StaysOnThisMachine(endpoint)) {
    return absl::InvalidArgumentError(absl::StrCat(
        endpoint, " can be reached from other machines: it needs the keys of the run"));
  }
  return GuardZmq(absl::StrCat("listening at ", endpoint), [&] {
    if (!options_.keys.empty()) {
      authenticator_ = zmq::socket_t(context_, zmq::socket_type::rep);
      authenticator_.bind("inproc://zeromq.zap.01");
    }
    inbox_ = zmq::socket_t(context_, zmq::socket_type::router);
    KeepAlive(inbox_);
    Secure(inbox_, true);
    inbox_monitor_ = MonitorOf(context_, inbox_, "inbox");
    inbox_.bind(endpoint);
    endpoint_ = inbox_.get(zmq::sockopt::last_endpoint);
  });
}

absl::Status Transport::Connect(const std::vector<Peer>& peers) {
  return GuardZmq("connecting", [&] {
    for (size_t p = 0; p < peers_.size(); ++p) {
      if (IsPeer(p)) ConnectTo(p, peers[p]);
    }
  });
}

void Transport::ConnectTo(size_t p, const Peer& peer) {
  PeerState& state = peers_[p];
  state.name = peer.name;
  state.socket = zmq::socket_t(context_, zmq::socket_type::dealer);
  KeepAlive(state.socket);
  Secure(state.socket, false);
  state.socket.set(zmq::sockopt::reconnect_ivl, -1);  // Never resume a connection.
  state.monitor = MonitorOf(context_, state.socket, absl::StrCat("peer", p));
  state.socket.connect(peer.endpoint);
}

absl::Status Transport::Send(size_t p, const EncodedFrame& frame) {
  return GuardZmq(absl::StrCat("sending to ", peers_[p].name), [&] {
    zmq::socket_t& socket = peers_[p].socket;
    socket.send(zmq::buffer(frame.header), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    socket.send(zmq::buffer(frame.payload), zmq::send_flags::dontwait);
  });
}

absl::Status Transport::Exchange(const std::vector<WindowMessage>& outgoing,
                                 std::vector<WindowMessage>& incoming) {
  for (size_t p = 0; p < peers_.size(); ++p) {
    if (!IsPeer(p)) continue;
    TESSERA_RETURN_IF_ERROR(Send(p, EncodeWindow(frames_, options_.self, outgoing[p])));
  }
  TESSERA_RETURN_IF_ERROR(WaitFor([](const PeerState& peer) { return !peer.windows.empty(); },
                                  met_all_ ? options_.window_timeout : options_.connect_timeout));
  met_all_ = true;
  for (size_t p = 0; p < peers_.size(); ++p) {
    if (!IsPeer(p)) continue;
    incoming[p] = std::move(peers_[p].windows.front());
    peers_[p].windows.pop_front();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Transport::Gather(std::string mine) {
  std::vector<std::string> all;
  if (options_.self != 0) {
    TESSERA_RETURN_IF_ERROR(Send(0, EncodeBytes(frames_, options_.self, FrameKind::kResult, mine)));
    PeerState* const root = &peers_[0];
    TESSERA_RETURN_IF_ERROR(
        WaitFor([root](const PeerState& peer) { return &peer != root || peer.farewell; },
                options_.window_timeout));
    return all;
  }
  TESSERA_RETURN_IF_ERROR(WaitFor([](const PeerState& peer) { return !peer.results.empty(); },
                                  options_.window_timeout));
  all.push_back(std::move(mine));
  for (size_t p = 1; p < peers_.size(); ++p) {
    all.push_back(std::move(peers_[p].results.front()));
    TESSERA_RETURN_IF_ERROR(Send(p, EncodeBytes(frames_, 0, FrameKind::kFarewell, "")));
  }
  return all;
}

template <typename Done>
absl::Status Transport::WaitFor(Done done, milliseconds timeout) {
  const Clock::time_point begin = Clock::now();
  while (true) {
    PeerState* missing = nullptr;
    for (size_t p = 0; p < peers_.size(); ++p) {
      PeerState& peer = peers_[p];
      if (!IsPeer(p) || done(peer)) continue;
      if (missing == nullptr) missing = &peer;
      if (peer.last_words.has_value()) return absl::AbortedError(*peer.last_words);
      if (!peer.lost.has_value() || Clock::now() - *peer.lost < kLastWords) continue;
      const absl::Status loss = LossOf(peer);
      Fail(loss);
      return loss;
    }
    if (missing == nullptr) return absl::OkStatus();
    if (Clock::now() - begin > timeout) {
      const absl::Status late = absl::DeadlineExceededError(
          absl::StrCat(missing->name, met_all_ ? " has not ended its window" : " has not come",
                       " within ", timeout.count() / 1000, " s"));
      Fail(late);
      return late;
    }
    TESSERA_RETURN_IF_ERROR(Poll());
  }
}

absl::Status Transport::LossOf(const PeerState& peer) const {
  return absl::UnavailableError(absl::StrCat("lost ", peer.name, ": ", peer.lost_how));
}

absl::Status Transport::Poll() {
  std::vector<zmq::pollitem_t> items = {{inbox_.handle(), 0, ZMQ_POLLIN, 0},
                                        {inbox_monitor_.handle(), 0, ZMQ_POLLIN, 0}};
  if (authenticator_) items.push_back({authenticator_.handle(), 0, ZMQ_POLLIN, 0});
  for (size_t p = 0; p < peers_.size(); ++p) {
    if (IsPeer(p)) items.push_back({peers_[p].monitor.handle(), 0, ZMQ_POLLIN, 0});
  }
  int ready = 0;
  TESSERA_RETURN_IF_ERROR(GuardZmq("waiting", [&] {
    ready = zmq_poll(items.data(), static_cast<int>(items.size()), kPoll.count());
    if (ready == 0) return;
    TakeFrames();
    AnswerAuthentication();
    WatchInbox();
    for (size_t p = 0; p < peers_.size(); ++p) {
      if (IsPeer(p)) WatchPeer(peers_[p]);
    }
  }));
  if (ready > 0 || !options_.on_wait) return absl::OkStatus();
  const absl::Status status = options_.on_wait();
  if (!status.ok()) Fail(status);
  return status;
}

void Transport::TakeFrames() {
  while (true) {
    std::vector<zmq::message_t> parts(1);
    if (!inbox_.recv(parts.back(), zmq::recv_flags::dontwait)) return;
    while (parts.back().more()) {
      zmq::message_t part;
      if (!inbox_.recv(part, zmq::recv_flags::none)) return;
      parts.push_back(std::move(part));
      if (parts.size() > 4) parts.erase(parts.begin() + 1);  // Not ours; the count stays wrong.
    }
    absl::StatusOr<Frame> frame = absl::InvalidArgumentError("not a frame of this program");
    // The sender's address, header, payload.
    if (parts.size() == 3) frame = DecodeFrame(frames_, View(parts[1]), View(parts[2]));
    if (frame.ok() && frame->sender != options_.self) {
      Accept(*std::move(frame));
    } else {
      LogWarn(absl::StrCat("refused a message: ",
                           frame.ok() ? "it claims to come from here" : frame.status().message()));
    }
  }
}

void Transport::Accept(Frame frame) {
  PeerState& peer = peers_[static_cast<size_t>(frame.sender)];
  switch (frame.kind) {
    case FrameKind::kWindow:
      peer.windows.push_back(std::move(frame.window));
      return;
    case FrameKind::kResult:
      peer.results.push_back(std::move(frame.bytes));
      return;
    case FrameKind::kFarewell:
      peer.farewell = true;
      return;
    case FrameKind::kFailed:
      peer.last_words = std::move(frame.bytes);
      return;
  }
}

// Admits the run's clients and nobody else.
void Transport::AnswerAuthentication() {
  if (!authenticator_) return;
  std::vector<std::string> parts;
  zmq::message_t part;
  if (!authenticator_.recv(part, zmq::recv_flags::dontwait)) return;
  parts.emplace_back(View(part));
  while (part.more() && authenticator_.recv(part, zmq::recv_flags::none)) {
    parts.emplace_back(View(part));
  }
  // Version, request, domain, address, identity, mechanism, the client's public key.
  constexpr size_t kCurveParts = 7;
  std::array<char, 41> key{};
  const bool curve = parts.size() == kCurveParts && parts[5] == "CURVE" && parts[6].size() == 32;
  if (curve) zmq_z85_encode(key.data(), reinterpret_cast<const uint8_t*>(parts[6].data()), 32);
  const bool admitted = curve && options_.keys.client_public == key.data();
  if (!admitted) {
    LogWarn(absl::StrCat("refused a peer at ", parts.size() > 3 ? parts[3] : "an unknown address",
                         ": it does not have the keys of this run"));
  }
  const std::string request = parts.size() > 1 ? parts[1] : "";
  const std::array<std::string, 6> answer = {
      "1.0", request, admitted ? "200" : "400", admitted ? "OK" : "not of this run", "", ""};
  for (size_t i = 0; i < answer.size(); ++i) {
    authenticator_.send(zmq::buffer(answer[i]),
                        i + 1 < answer.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
}

void Transport::WatchInbox() {
  while (const auto event = NextEvent(inbox_monitor_)) {
    if (event->first == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ||
        event->first == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
      LogWarn(absl::StrCat("refused a peer at ", event->second,
                           ": it does not speak the protocol of this run or lacks its keys"));
    }
  }
}

void Transport::WatchPeer(PeerState& peer) {
  while (const auto event = NextEvent(peer.monitor)) {
    if (peer.lost.has_value()) continue;
    peer.lost = Clock::now();
    switch (event->first) {
      case ZMQ_EVENT_DISCONNECTED:
        peer.lost_how = "its connection broke (killed, stopped or cut off)";
        break;
      case ZMQ_EVENT_CLOSED:
        peer.lost_how = "it cannot be reached";
        break;
      default:
        peer.lost_how = "it refuses the keys of this run";
    }
  }
}

void Transport::Fail(const absl::Status& reason) {
  for (size_t p = 0; p < peers_.size(); ++p) {
    if (!IsPeer(p) || !peers_[p].socket || peers_[p].lost.has_value()) continue;
    // Whoever cannot be told any more finds out by itself.
    Send(p, EncodeBytes(frames_, options_.self, FrameKind::kFailed, reason.message()))
        .IgnoreError();
  }
}

void Transport::Close() {
  for (PeerState& peer : peers_) {
    if (!peer.socket) continue;
    zmq_socket_monitor(peer.socket.handle(), nullptr, 0);
    if (peer.lost.has_value()) peer.socket.set(zmq::sockopt::linger, 0);
    peer.monitor.close();
    peer.socket.close();
  }
  if (inbox_) zmq_socket_monitor(inbox_.handle(), nullptr, 0);
  inbox_monitor_.close();
  inbox_.close();
  authenticator_.close();
  context_.close();
}

}  // namespace

absl::StatusOr<CurveKeys> MakeCurveKeys() {
  constexpr size_t kKeySize = 41;
  std::array<std::array<char, kKeySize>, 4> keys{};
  if (zmq_curve_keypair(keys[0].data(), keys[1].data()) != 0 ||
      zmq_curve_keypair(keys[2].data(), keys[3].data()) != 0) {
    return absl::UnimplementedError("this libzmq has no CURVE");
  }
  return CurveKeys{keys[0].data(), keys[1].data(), keys[2].data(), keys[3].data()};
}

absl::StatusOr<std::unique_ptr<ZmqTransport>> ZmqTransport::Bind(const std::string& endpoint,
                                                                 ZmqTransportOptions options) {
  auto transport = std::make_unique<Transport>(std::move(options));
  TESSERA_RETURN_IF_ERROR(transport->BindInbox(endpoint));
  return std::unique_ptr<ZmqTransport>(std::move(transport));
}

}  // namespace tessera
