#include "nodes/framed_transport.h"

#include <utility>

#include "core/status_macros.h"

namespace tessera {

absl::Status FramedTransport::SendWindow(const std::vector<WindowMessage>& outgoing) {
  for (size_t p = 0; p < mail_.size(); ++p) {
    if (IsPeer(p)) TESSERA_RETURN_IF_ERROR(Send(p, EncodeWindow(frames_, self_, outgoing[p])));
  }
  return absl::OkStatus();
}

absl::Status FramedTransport::ReceiveWindow(std::vector<WindowMessage>& incoming) {
  TESSERA_RETURN_IF_ERROR(WaitFor([](const Mail& mail) { return !mail.windows.empty(); }));
  met_all_ = true;
  for (size_t p = 0; p < mail_.size(); ++p) {
    if (!IsPeer(p)) continue;
    incoming[p] = std::move(mail_[p].windows.front());
    mail_[p].windows.pop_front();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FramedTransport::Gather(std::string mine) {
  std::vector<std::string> all;
  if (self_ != 0) {
    TESSERA_RETURN_IF_ERROR(Send(0, EncodeBytes(frames_, self_, FrameKind::kResult, mine)));
    Mail* const root = mail_.data();
    TESSERA_RETURN_IF_ERROR(
        WaitFor([root](const Mail& mail) { return &mail != root || mail.farewell; }));
    root->farewell = false;  // Another run may follow.
    return all;
  }
  TESSERA_RETURN_IF_ERROR(WaitFor([](const Mail& mail) { return !mail.results.empty(); }));
  all.push_back(std::move(mine));
  for (size_t p = 1; p < mail_.size(); ++p) {
    all.push_back(std::move(mail_[p].results.front()));
    TESSERA_RETURN_IF_ERROR(Send(p, EncodeBytes(frames_, 0, FrameKind::kFarewell, "")));
  }
  return all;
}

void FramedTransport::Fail(const absl::Status& reason) {
  for (size_t p = 0; p < mail_.size(); ++p) {
    if (!IsPeer(p)) continue;
    // Whoever cannot be told any more finds out by itself.
    Send(p, EncodeBytes(frames_, self_, FrameKind::kFailed, reason.message())).IgnoreError();
  }
}

absl::Status FramedTransport::Deliver(absl::string_view header, absl::string_view payload) {
  TESSERA_ASSIGN_OR_RETURN(Frame frame, DecodeFrame(frames_, header, payload));
  if (frame.sender == self_) return absl::InvalidArgumentError("it claims to come from here");
  Mail& mail = mail_[static_cast<size_t>(frame.sender)];
  switch (frame.kind) {
    case FrameKind::kWindow:
      mail.windows.push_back(std::move(frame.window));
      break;
    case FrameKind::kResult:
      mail.results.push_back(std::move(frame.bytes));
      break;
    case FrameKind::kFarewell:
      mail.farewell = true;
      break;
    case FrameKind::kFailed:
      mail.last_words = std::move(frame.bytes);
      break;
  }
  return absl::OkStatus();
}

}  // namespace tessera
