#include "nodes/shared_windows.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// What goes ahead of the events of a message and of its lower bounds.
struct Head {
  int64_t window = 0;
  Time next{};
  uint64_t events = 0;
  uint64_t stop = 0;
};

// Bytes on their way into a ring or out of it, in pieces, as far as there is room or there are any.
template <typename Byte>
struct Pieces {
  std::vector<absl::Span<Byte>> left;

  bool done() const { return left.empty(); }
  void Add(Byte* bytes, size_t count) {
    if (count > 0) left.emplace_back(bytes, count);
  }
  // Of the first piece, at most `count`.
  absl::Span<Byte> Take(size_t count) {
    const absl::Span<Byte> taken = left.front().subspan(0, std::min(count, left.front().size()));
    left.front().remove_prefix(taken.size());
    if (left.front().empty()) left.erase(left.begin());
    return taken;
  }
};

}  // namespace

class SharedTransport final : public WindowTransport {
 public:
  SharedTransport(SharedWindows& memory, ProcessTransport& inner, std::chrono::milliseconds timeout)
      : memory_(memory),
        inner_(inner),
        timeout_(timeout),
        self_(static_cast<size_t>(inner.self())),
        count_(static_cast<size_t>(inner.partitions())),
        listener_(memory.BellOf(self_), inner.partitions()),
        writers_(count_),
        readers_(count_) {}

  int self() const override { return inner_.self(); }
  int partitions() const override { return inner_.partitions(); }
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    return inner_.Gather(std::move(mine));
  }
  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override;
  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override;

 private:
  struct Writer {
    Head head;
    Pieces<const char> pieces;
  };
  struct Reader {
    Head head;
    bool has_head = false;
    Pieces<char> pieces;
    WindowMessage coming;               // What the pieces belong to.
    std::deque<WindowMessage> waiting;  // Whole.

    void Begin(size_t partitions) {
      has_head = false;
      coming.earliest_sent.resize(partitions);
      Add(&head, 1);
      Add(coming.earliest_sent.data(), partitions);
    }
    // The pieces so far are there.
    void Continue() {
      if (!has_head) {
        has_head = true;
        coming.window = head.window;
        coming.next = head.next;
        coming.stop = head.stop != 0;
        coming.events.resize(head.events);
        Add(coming.events.data(), head.events);
      }
      if (pieces.done()) waiting.push_back(std::move(coming));
    }

   private:
    template <typename Value>
    void Add(Value* values, size_t count) {
      pieces.Add(reinterpret_cast<char*>(values), count * sizeof(Value));
    }
  };
  void Prepare(size_t p, const WindowMessage& outgoing);
  bool Write(size_t p);
  bool Read(size_t p);
  absl::Status Until(const std::function<uint32_t()>& missing);
  absl::Status Watch();

  SharedWindows& memory_;
  ProcessTransport& inner_;
  const std::chrono::milliseconds timeout_;
  const size_t self_;
  const size_t count_;
  BellListener listener_;
  std::vector<Writer> writers_;
  std::vector<Reader> readers_;
  std::optional<Clock::time_point> waiting_since_;  // Of a wait that has lasted for a while.
};

void SharedTransport::Prepare(size_t p, const WindowMessage& outgoing) {
  Writer& writer = writers_[p];
  writer.head = {.window = outgoing.window,
                 .next = outgoing.next,
                 .events = outgoing.events.size(),
                 .stop = outgoing.stop ? 1U : 0U};
  const auto add = [&writer](const auto* values, size_t count) {
    writer.pieces.Add(reinterpret_cast<const char*>(values), count * sizeof(*values));
  };
  add(&writer.head, 1);
  add(outgoing.earliest_sent.data(), count_);
  add(outgoing.events.data(), outgoing.events.size());
}

// As much as there is room for; whether that was anything.
bool SharedTransport::Write(size_t p) {
  Pieces<const char>& pieces = writers_[p].pieces;
  SharedWindows::Ring& ring = memory_.RingOf(self_, p);
  const uint64_t begin = ring.written.load(std::memory_order_relaxed);
  const uint64_t end = ring.read.load() + SharedWindows::kRingBytes;
  uint64_t at = begin;
  while (!pieces.done() && at != end) {
    const uint64_t place = at % SharedWindows::kRingBytes;
    const auto taken = pieces.Take(std::min(end - at, SharedWindows::kRingBytes - place));
    std::memcpy(&ring.bytes[place], taken.data(), taken.size());
    at += taken.size();
  }
  if (at != begin) ring.written.store(at);
  // Who has to make room is woken, whatever else it waits for.
  memory_.BellOf(p).Ring(pieces.done() ? 1 : static_cast<uint32_t>(count_));
  return at != begin;
}

// The same for what has come, up to the end of a message.
bool SharedTransport::Read(size_t p) {
  Reader& reader = readers_[p];
  SharedWindows::Ring& ring = memory_.RingOf(p, self_);
  const uint64_t begin = ring.read.load(std::memory_order_relaxed);
  const uint64_t end = ring.written.load(std::memory_order_acquire);
  if (begin == end) return false;
  uint64_t at = begin;
  if (reader.pieces.done()) reader.Begin(count_);
  while (!reader.pieces.done() && at != end) {
    const uint64_t place = at % SharedWindows::kRingBytes;
    const auto taken = reader.pieces.Take(std::min(end - at, SharedWindows::kRingBytes - place));
    std::memcpy(taken.data(), &ring.bytes[place], taken.size());
    at += taken.size();
    if (reader.pieces.done()) reader.Continue();
  }
  // Whoever finds no room sleeps until it hears that there is some. Either it sees the new place or
  // it is seen here to have filled the ring up to the old one.
  ring.read.store(at);
  if (ring.written.load() - begin == SharedWindows::kRingBytes) memory_.BellOf(p).Ring();
  return true;
}

// Nobody has rung for a while.
absl::Status SharedTransport::Watch() {
  TESSERA_RETURN_IF_ERROR(inner_.Watch());
  const Clock::time_point now = Clock::now();
  if (!waiting_since_.has_value()) waiting_since_ = now;
  if (now - *waiting_since_ < timeout_) return absl::OkStatus();
  absl::Status late = absl::DeadlineExceededError(
      absl::StrCat("a window has not ended within ", timeout_.count() / 1000, " s"));
  inner_.Fail(late);
  return late;
}

// Moves bytes until nothing is `missing`: the number of others who will each ring at least once
// more before that. What comes is taken whether it is waited for or not, so that those who have
// filled one another's rings go on.
absl::Status SharedTransport::Until(const std::function<uint32_t()>& missing) {
  waiting_since_.reset();
  while (true) {
    const uint32_t seen = listener_.rung();
    bool moved = false;
    for (size_t p = 0; p < count_; ++p) {
      if (!writers_[p].pieces.done()) moved = Write(p) || moved;
    }
    if (missing() == 0) return absl::OkStatus();
    for (size_t p = 0; p < count_; ++p) {
      if (p != self_) moved = Read(p) || moved;
    }
    const uint32_t strokes = missing();
    if (strokes == 0) return absl::OkStatus();
    if (!moved && !listener_.Wait(seen, strokes)) TESSERA_RETURN_IF_ERROR(Watch());
  }
}

absl::Status SharedTransport::SendWindow(const std::vector<WindowMessage>& outgoing) {
  for (size_t p = 0; p < count_; ++p) {
    if (p != self_) Prepare(p, outgoing[p]);
  }
  // Whoever makes room lets this go on.
  return Until([this] {
    return std::any_of(writers_.begin(), writers_.end(),
                       [](const Writer& writer) { return !writer.pieces.done(); })
               ? 1U
               : 0U;
  });
}

absl::Status SharedTransport::ReceiveWindow(std::vector<WindowMessage>& incoming) {
  TESSERA_RETURN_IF_ERROR(Until([this] {
    uint32_t missing = 0;
    for (size_t p = 0; p < count_; ++p) {
      if (p != self_ && readers_[p].waiting.empty()) ++missing;
    }
    return missing;
  }));
  for (size_t p = 0; p < count_; ++p) {
    if (p == self_) continue;
    Reader& reader = readers_[p];
    if (reader.pieces.done()) std::swap(incoming[p], reader.coming);  // Its room serves again.
    incoming[p] = std::move(reader.waiting.front());
    reader.waiting.pop_front();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SharedWindows>> SharedWindows::Make(int partitions) {
  const auto n = static_cast<size_t>(partitions);
  const size_t size = n * sizeof(Bell) + n * n * sizeof(Ring);
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot share ", size, " bytes between processes: ", std::strerror(errno)));
  }
  // All zeros, as the system gives it, is what the constructors would make of it; touching every
  // page would cost more than the run of a small network.
  return std::unique_ptr<SharedWindows>(new SharedWindows(partitions, memory, size));
}

SharedWindows::~SharedWindows() { munmap(memory_, size_); }

SharedWindows::Ring& SharedWindows::RingOf(size_t from, size_t to) {
  auto* const rings = static_cast<Bell*>(memory_) + partitions_;
  return reinterpret_cast<Ring*>(rings)[from * static_cast<size_t>(partitions_) + to];
}

std::unique_ptr<WindowTransport> SharedWindows::Transport(ProcessTransport& inner,
                                                          std::chrono::milliseconds timeout) {
  return std::make_unique<SharedTransport>(*this, inner, timeout);
}

}  // namespace tessera
