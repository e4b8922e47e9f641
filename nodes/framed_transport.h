// What transports between processes share: windows, results and last words as frames
// (nodes/frame.h), kept by sender until they are asked for.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nodes/frame.h"
#include "nodes/process_transport.h"

namespace tessera {

class FramedTransport : public ProcessTransport {
 public:
  FramedTransport(std::string run_id, int self, int partitions)
      : frames_{std::move(run_id), partitions},
        self_(self),
        mail_(static_cast<size_t>(partitions)) {}

  int self() const override { return self_; }
  int partitions() const override { return frames_.partitions; }
  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override;
  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override;
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override;
  void Fail(const absl::Status& reason) override;

 protected:
  // From one process.
  struct Mail {
    std::deque<WindowMessage> windows{};
    std::deque<std::string> results{};
    bool farewell = false;
    std::optional<std::string> last_words{};  // It has ended the run, for this reason.
  };
  using Done = std::function<bool(const Mail&)>;

  bool IsPeer(size_t p) const { return static_cast<int>(p) != self_; }
  const Mail& MailOf(size_t p) const { return mail_[p]; }
  bool met_all() const { return met_all_; }  // A window has come from each.

  // Does not wait.
  virtual absl::Status Send(size_t p, const EncodedFrame& frame) = 0;
  // Calls Deliver for what comes until `done` of every other process. Errors: one of which it is
  // not done is lost or has ended the run.
  virtual absl::Status WaitFor(const Done& done) = 0;
  // Errors: it is no frame of another process of this run.
  absl::Status Deliver(absl::string_view header, absl::string_view payload);

 private:
  const FrameContext frames_;
  const int self_;
  std::vector<Mail> mail_;  // By process; the own stays empty.
  bool met_all_ = false;
};

}  // namespace tessera
