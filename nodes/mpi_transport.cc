#include "nodes/mpi_transport.h"

#include <mpi.h>

#include <cstring>
#include <deque>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/log.h"
#include "nodes/framed_transport.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kTag = 1;
// How often a wait looks before it sleeps in between: cores may be fewer than processes. It does
// not yield, since who yields a busy core gets it back much later than who sleeps.
constexpr int kSpins = 300;
constexpr std::chrono::microseconds kSleep{10};
// For the last words of a process that ends the run.
constexpr milliseconds kLinger{500};

class Patience {
 public:
  void Wait() {
    ++rounds_;
    if (rounds_ > kSpins) std::this_thread::sleep_for(kSleep);
  }
  void Reset() { rounds_ = 0; }

 private:
  int rounds_ = 0;
};

class Transport final : public FramedTransport {
 public:
  explicit Transport(MpiTransportOptions options)
      : FramedTransport(options.run_id, options.self, options.partitions),
        options_(std::move(options)) {}
  ~Transport() override {
    const Clock::time_point end = Clock::now() + kLinger;
    while (!SentAll() && Clock::now() < end) std::this_thread::yield();
    // Buffers of what is still on its way must outlive this object.
    if (!SentAll()) static_cast<void>(outgoing_.release());
  }

  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    auto all = FramedTransport::Gather(std::move(mine));
    options_.ended_well = all.ok();
    return all;
  }
  absl::Status Watch() override;

 private:
  struct Outgoing {
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  absl::Status Send(size_t p, const EncodedFrame& frame) override;
  bool SentAll();
  absl::Status WaitFor(const Done& done) override;
  bool TakeFrame();

  const MpiTransportOptions options_;
  std::unique_ptr<std::deque<Outgoing>> outgoing_ = std::make_unique<std::deque<Outgoing>>();
};

// The header's length in 4 bytes, the header, the payload.
absl::Status Transport::Send(size_t p, const EncodedFrame& frame) {
  const auto length = static_cast<uint32_t>(frame.header.size());
  Outgoing& out = outgoing_->emplace_back();
  out.bytes.assign(reinterpret_cast<const char*>(&length), sizeof(length));
  absl::StrAppend(&out.bytes, frame.header, frame.payload);
  if (out.bytes.size() > std::numeric_limits<int>::max()) {
    outgoing_->pop_back();
    return absl::ResourceExhaustedError("a window holds more than 2 GB of events for one process");
  }
  MPI_Isend(out.bytes.data(), static_cast<int>(out.bytes.size()), MPI_BYTE, static_cast<int>(p),
            kTag, MPI_COMM_WORLD, &out.request);
  return absl::OkStatus();  // NOLINT(clang-analyzer-optin.mpi.MPI-Checker): see SentAll.
}

bool Transport::SentAll() {
  while (!outgoing_->empty()) {
    int sent = 0;
    MPI_Test(&outgoing_->front().request, &sent, MPI_STATUS_IGNORE);
    if (sent == 0) return false;
    outgoing_->pop_front();
  }
  return true;
}

absl::Status Transport::Watch() {
  while (TakeFrame()) {
  }
  for (size_t p = 0; p < static_cast<size_t>(partitions()); ++p) {
    if (MailOf(p).last_words.has_value()) return absl::AbortedError(*MailOf(p).last_words);
  }
  return absl::OkStatus();
}

// Until `done` of every other process, or one of them has ended the run.
absl::Status Transport::WaitFor(const Done& done) {
  SentAll();
  Clock::time_point last = Clock::now();
  Patience patience;
  while (true) {
    std::optional<size_t> missing;
    for (size_t p = 0; p < static_cast<size_t>(partitions()); ++p) {
      if (!IsPeer(p) || done(MailOf(p))) continue;
      if (MailOf(p).last_words.has_value()) return absl::AbortedError(*MailOf(p).last_words);
      if (!missing.has_value()) missing = p;
    }
    if (!missing.has_value()) return absl::OkStatus();
    if (TakeFrame()) {
      last = Clock::now();
      patience.Reset();
      continue;
    }
    if (Clock::now() - last > options_.window_timeout) {
      return absl::DeadlineExceededError(
          absl::StrCat(options_.names[*missing], " has not ended its window within ",
                       options_.window_timeout.count() / 1000, " s"));
    }
    patience.Wait();
  }
}

bool Transport::TakeFrame() {
  int there = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  MPI_Improbe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &there, &message, &status);
  if (there == 0) return false;
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  std::string bytes(static_cast<size_t>(size), '\0');
  MPI_Mrecv(bytes.data(), size, MPI_BYTE, &message, MPI_STATUS_IGNORE);
  uint32_t length = 0;
  absl::Status taken = absl::InvalidArgumentError("not a frame of this program");
  if (bytes.size() >= sizeof(length)) {
    std::memcpy(&length, bytes.data(), sizeof(length));
    const absl::string_view rest = absl::string_view(bytes).substr(sizeof(length));
    if (length <= rest.size()) taken = Deliver(rest.substr(0, length), rest.substr(length));
  }
  if (!taken.ok()) {
    LogWarn(
        absl::StrCat("refused a message of process ", status.MPI_SOURCE, ": ", taken.message()));
  }
  return true;
}

}  // namespace

std::unique_ptr<ProcessTransport> MakeMpiTransport(MpiTransportOptions options) {
  return std::make_unique<Transport>(std::move(options));
}

}  // namespace tessera
