#include "nodes/zmq_transport.h"

#include <functional>
#include <utility>
#include <zmq.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/idle_watch.h"
#include "nodes/zmq_admission.h"
#include "nodes/zmq_curve.h"
#include "nodes/zmq_guard.h"
#include "nodes/zmq_peer.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{100};
constexpr milliseconds kLinger{500};
constexpr int kMeet = 5000;  // Milliseconds to connect, and to prove the keys.

bool StaysOnThisMachine(absl::string_view endpoint) {
  return absl::StartsWith(endpoint, "ipc://") || absl::StartsWith(endpoint, "inproc://") ||
         absl::StartsWith(endpoint, "tcp://127.") || absl::StartsWith(endpoint, "tcp://localhost:");
}

absl::string_view View(const zmq::message_t& message) {
  return {message.data<char>(), message.size()};
}

class Transport final : public ZmqTransport {
 public:
  explicit Transport(ZmqTransportOptions options)
      : ZmqTransport(options.run_id, options.self, options.partitions),
        options_(std::move(options)),
        admission_(options_.keys),
        peers_(static_cast<size_t>(options_.partitions)) {}
  ~Transport() override {
    GuardZmq("closing", [this] { Close(); }).IgnoreError();
  }

  absl::Status BindInbox(const std::string& endpoint);
  const std::string& endpoint() const override { return endpoint_; }
  absl::Status Connect(const std::vector<Peer>& peers) override;
  absl::Status Watch() override;
  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override;
  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override;
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override;

 private:
  // `use` while the watch looks away; its error ends the watch.
  absl::Status Watched(const std::function<absl::Status()>& use);
  void KeepAlive(zmq::socket_t& socket) const;
  void ConnectTo(size_t p, const Peer& peer);
  absl::Status Send(size_t p, const EncodedFrame& frame) override;
  absl::Status WaitFor(const Done& done) override;
  // Takes what has come, or comes within `timeout`.
  absl::Status Poll(milliseconds timeout);
  absl::Status LookForLosses();
  absl::Status CheckPeer(size_t p);
  void TakeFrames();
  // OK: it is not lost, or may still say why.
  absl::Status LossOf(size_t p) const;
  void Close();

  const ZmqTransportOptions options_;
  std::string endpoint_;
  zmq::context_t context_;
  ZmqAdmission admission_;
  zmq::socket_t inbox_;
  std::vector<ZmqPeer> peers_;  // The own entry has no sockets.
  std::unique_ptr<IdleWatch> watch_;
};

void Transport::KeepAlive(zmq::socket_t& socket) const {
  socket.set(zmq::sockopt::heartbeat_ivl, static_cast<int>(options_.heartbeat_interval.count()));
  socket.set(zmq::sockopt::heartbeat_timeout, static_cast<int>(options_.heartbeat_timeout.count()));
  // Heartbeats begin after the handshake: whoever is cut off before is found by these.
  socket.set(zmq::sockopt::handshake_ivl, kMeet);
  socket.set(zmq::sockopt::connect_timeout, kMeet);
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
    inbox_ = zmq::socket_t(context_, zmq::socket_type::router);
    KeepAlive(inbox_);
    SecureServer(inbox_, options_.keys);
    admission_.Guard(context_, inbox_);
    inbox_.bind(endpoint);
    endpoint_ = inbox_.get(zmq::sockopt::last_endpoint);
  });
}

absl::Status Transport::Connect(const std::vector<Peer>& peers) {
  TESSERA_RETURN_IF_ERROR(GuardZmq("connecting", [&] {
    for (size_t p = 0; p < peers_.size(); ++p) {
      if (IsPeer(p)) ConnectTo(p, peers[p]);
    }
  }));
  if (options_.give_up) {
    watch_ = std::make_unique<IdleWatch>([this] { return LookForLosses(); }, options_.give_up);
  }
  return absl::OkStatus();
}

absl::Status Transport::Watched(const std::function<absl::Status()>& use) {
  if (watch_ == nullptr) return use();
  const std::unique_lock<std::mutex> lock = watch_->Use();
  absl::Status status = use();
  if (!status.ok()) watch_->End();
  return status;
}

absl::Status Transport::SendWindow(const std::vector<WindowMessage>& outgoing) {
  return Watched([&] { return FramedTransport::SendWindow(outgoing); });
}

absl::Status Transport::ReceiveWindow(std::vector<WindowMessage>& incoming) {
  return Watched([&] { return FramedTransport::ReceiveWindow(incoming); });
}

absl::StatusOr<std::vector<std::string>> Transport::Gather(std::string mine) {
  std::unique_lock<std::mutex> use;
  if (watch_ != nullptr) use = watch_->Use();
  auto all = FramedTransport::Gather(std::move(mine));
  if (watch_ != nullptr) watch_->End();  // From now on the others may go.
  return all;
}

void Transport::ConnectTo(size_t p, const Peer& peer) {
  zmq::socket_t socket(context_, zmq::socket_type::dealer);
  KeepAlive(socket);
  SecureClient(socket, options_.keys);
  peers_[p].Connect(context_, std::move(socket), peer, absl::StrCat("peer", p));
}

absl::Status Transport::Send(size_t p, const EncodedFrame& frame) { return peers_[p].Send(frame); }

absl::Status Transport::WaitFor(const Done& done) {
  const milliseconds timeout = met_all() ? options_.window_timeout : options_.connect_timeout;
  const Clock::time_point begin = Clock::now();
  while (true) {
    const ZmqPeer* missing = nullptr;
    for (size_t p = 0; p < peers_.size(); ++p) {
      if (!IsPeer(p) || done(MailOf(p))) continue;
      if (missing == nullptr) missing = &peers_[p];
      TESSERA_RETURN_IF_ERROR(CheckPeer(p));
    }
    if (missing == nullptr) return absl::OkStatus();
    if (Clock::now() - begin > timeout) {
      absl::Status late = absl::DeadlineExceededError(
          absl::StrCat(missing->name(), met_all() ? " has not ended its window" : " has not come",
                       " within ", timeout.count() / 1000, " s"));
      Fail(late);
      return late;
    }
    TESSERA_RETURN_IF_ERROR(Poll(kPoll));
  }
}

absl::Status Transport::LossOf(size_t p) const {
  if (MailOf(p).last_words.has_value()) return absl::AbortedError(*MailOf(p).last_words);
  return peers_[p].Loss();
}

// Tells the others of a loss.
absl::Status Transport::CheckPeer(size_t p) {
  absl::Status loss = LossOf(p);
  if (absl::IsUnavailable(loss)) Fail(loss);
  return loss;
}

absl::Status Transport::Watch() {
  std::unique_lock<std::mutex> use;
  if (watch_ != nullptr) use = watch_->Use();
  absl::Status status = LookForLosses();
  if (!status.ok() && watch_ != nullptr) watch_->End();
  return status;
}

absl::Status Transport::LookForLosses() {
  TESSERA_RETURN_IF_ERROR(Poll(milliseconds(0)));
  for (size_t p = 0; p < peers_.size(); ++p) {
    if (IsPeer(p)) TESSERA_RETURN_IF_ERROR(CheckPeer(p));
  }
  return absl::OkStatus();
}

absl::Status Transport::Poll(milliseconds timeout) {
  std::vector<zmq::pollitem_t> items = {{inbox_.handle(), 0, ZMQ_POLLIN, 0}};
  admission_.AddTo(items);
  if (options_.alarm != nullptr) items.push_back({nullptr, options_.alarm->fd(), ZMQ_POLLIN, 0});
  for (size_t p = 0; p < peers_.size(); ++p) {
    if (IsPeer(p)) items.push_back({peers_[p].monitor().handle(), 0, ZMQ_POLLIN, 0});
  }
  TESSERA_RETURN_IF_ERROR(GuardZmq("waiting", [&] {
    if (zmq_poll(items.data(), static_cast<int>(items.size()), timeout.count()) == 0) return;
    TakeFrames();
    admission_.Work();
    for (size_t p = 0; p < peers_.size(); ++p) {
      if (IsPeer(p)) peers_[p].Watch();
    }
  }));
  absl::Status status = options_.alarm == nullptr ? absl::OkStatus() : options_.alarm->status();
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
    absl::Status status = absl::InvalidArgumentError("not a frame of this program");
    // The sender's address, header, payload.
    if (parts.size() == 3) status = Deliver(View(parts[1]), View(parts[2]));
    if (!status.ok()) admission_.Refuse("a message", status.message());
  }
}

void Transport::Close() {
  watch_.reset();
  for (ZmqPeer& peer : peers_) peer.Close();
  admission_.Close();
  inbox_.close();
  context_.close();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ZmqTransport>> ZmqTransport::Bind(const std::string& endpoint,
                                                                 ZmqTransportOptions options) {
  auto transport = std::make_unique<Transport>(std::move(options));
  TESSERA_RETURN_IF_ERROR(transport->BindInbox(endpoint));
  return std::unique_ptr<ZmqTransport>(std::move(transport));
}

}  // namespace tessera
