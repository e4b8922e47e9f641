#include "nodes/shared_windows.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <new>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// For so long a partition looks at its bell before it sleeps. Where a look has not paid, because
// the others take long or wait for a processor themselves, it sleeps at once for a number of times.
constexpr auto kLook = std::chrono::microseconds(40);
constexpr uint32_t kWaitsBetweenTries = 16;
constexpr auto kSleep = std::chrono::milliseconds(50);  // Then losses are looked for.

void SleepUntilRung(std::atomic<uint32_t>& bell, uint32_t seen) {
  static_assert(sizeof(bell) == sizeof(uint32_t));
  const timespec at_most{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kSleep).count()};
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&bell), FUTEX_WAIT, seen, &at_most, nullptr, 0);
}

void WakeUp(std::atomic<uint32_t>& bell) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&bell), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

// Looking at a bell takes the processor from a partition that would ring it if there are fewer
// processors than partitions.
bool EnoughProcessors(int partitions) {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  return sched_getaffinity(0, sizeof(usable), &usable) == 0 && CPU_COUNT(&usable) >= partitions;
}

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
        looks_(EnoughProcessors(inner.partitions())),
        writers_(count_),
        readers_(count_) {}

  int self() const override { return inner_.self(); }
  int partitions() const override { return inner_.partitions(); }
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    return inner_.Gather(std::move(mine));
  }
  absl::Status Exchange(const std::vector<WindowMessage>& outgoing,
                        std::vector<WindowMessage>& incoming) override;

 private:
  struct Writer {
    Head head;
    Pieces<const char> pieces;
  };
  struct Reader {
    Head head;
    bool has_head = false;
    Pieces<char> pieces;
  };
  void Prepare(size_t p, const WindowMessage& outgoing, WindowMessage& incoming);
  bool Write(size_t p);
  bool Read(size_t p, WindowMessage& incoming);
  void RingBell(size_t p);
  absl::Status Wait(uint32_t seen, Clock::time_point begin);
  bool Look(uint32_t seen);

  SharedWindows& memory_;
  ProcessTransport& inner_;
  const std::chrono::milliseconds timeout_;
  const size_t self_;
  const size_t count_;
  const bool looks_;
  bool pays_ = true;  // The last look did.
  uint32_t waits_ = 0;
  std::vector<Writer> writers_;
  std::vector<Reader> readers_;
};

void SharedTransport::Prepare(size_t p, const WindowMessage& outgoing, WindowMessage& incoming) {
  const auto bytes = [](const auto& values) {
    return reinterpret_cast<const char*>(values.data());
  };
  Writer& writer = writers_[p];
  writer.head = {.window = outgoing.window,
                 .next = outgoing.next,
                 .events = outgoing.events.size(),
                 .stop = outgoing.stop ? 1U : 0U};
  writer.pieces.Add(reinterpret_cast<const char*>(&writer.head), sizeof(Head));
  writer.pieces.Add(bytes(outgoing.earliest_sent), count_ * sizeof(Time));
  writer.pieces.Add(bytes(outgoing.events), outgoing.events.size() * sizeof(Event));
  Reader& reader = readers_[p];
  reader.has_head = false;
  incoming.earliest_sent.resize(count_);
  reader.pieces.Add(reinterpret_cast<char*>(&reader.head), sizeof(Head));
  reader.pieces.Add(reinterpret_cast<char*>(incoming.earliest_sent.data()), count_ * sizeof(Time));
}

// As much as there is room for; whether that was anything.
bool SharedTransport::Write(size_t p) {
  Pieces<const char>& pieces = writers_[p].pieces;
  SharedWindows::Ring& ring = memory_.RingOf(self_, p);
  const uint64_t begin = ring.written.load(std::memory_order_relaxed);
  const uint64_t end = ring.read.load(std::memory_order_acquire) + SharedWindows::kRingBytes;
  uint64_t at = begin;
  while (!pieces.done() && at != end) {
    const uint64_t place = at % SharedWindows::kRingBytes;
    const auto taken = pieces.Take(std::min(end - at, SharedWindows::kRingBytes - place));
    std::memcpy(&ring.bytes[place], taken.data(), taken.size());
    at += taken.size();
  }
  if (at == begin) return false;
  ring.written.store(at, std::memory_order_release);
  RingBell(p);
  return true;
}

// The same for what has come.
bool SharedTransport::Read(size_t p, WindowMessage& incoming) {
  Reader& reader = readers_[p];
  SharedWindows::Ring& ring = memory_.RingOf(p, self_);
  const uint64_t begin = ring.read.load(std::memory_order_relaxed);
  const uint64_t end = ring.written.load(std::memory_order_acquire);
  uint64_t at = begin;
  while (!reader.pieces.done() && at != end) {
    const uint64_t place = at % SharedWindows::kRingBytes;
    const auto taken = reader.pieces.Take(std::min(end - at, SharedWindows::kRingBytes - place));
    std::memcpy(taken.data(), &ring.bytes[place], taken.size());
    at += taken.size();
    if (!reader.pieces.done() || reader.has_head) continue;
    reader.has_head = true;
    incoming.window = reader.head.window;
    incoming.next = reader.head.next;
    incoming.stop = reader.head.stop != 0;
    incoming.events.resize(reader.head.events);
    reader.pieces.Add(reinterpret_cast<char*>(incoming.events.data()),
                      incoming.events.size() * sizeof(Event));
  }
  if (at == begin) return false;
  const bool was_full = end - begin == SharedWindows::kRingBytes;
  ring.read.store(at, std::memory_order_release);
  if (was_full) RingBell(p);
  return true;
}

void SharedTransport::RingBell(size_t p) {
  SharedWindows::Bell& bell = memory_.BellOf(p);
  bell.rung.fetch_add(1);
  if (bell.sleeping.load() != 0) WakeUp(bell.rung);
}

// Whether the bell rings soon.
bool SharedTransport::Look(uint32_t seen) {
  constexpr int kLooksBetweenClocks = 32;
  if (!pays_ && ++waits_ % kWaitsBetweenTries != 0) return false;
  const SharedWindows::Bell& bell = memory_.BellOf(self_);
  const Clock::time_point end = Clock::now() + kLook;
  do {
    for (int i = 0; i < kLooksBetweenClocks; ++i) {
      pays_ = bell.rung.load(std::memory_order_acquire) != seen;
      if (pays_) return true;
      __builtin_ia32_pause();
    }
  } while (Clock::now() < end);
  return false;
}

// Until the bell has been rung since `seen` was read, or for a while.
absl::Status SharedTransport::Wait(uint32_t seen, Clock::time_point begin) {
  SharedWindows::Bell& bell = memory_.BellOf(self_);
  if (looks_ && Look(seen)) return absl::OkStatus();
  bell.sleeping.store(1);
  if (bell.rung.load() == seen) SleepUntilRung(bell.rung, seen);
  bell.sleeping.store(0);
  if (bell.rung.load() != seen) return absl::OkStatus();
  TESSERA_RETURN_IF_ERROR(inner_.Watch());
  if (Clock::now() - begin < timeout_) return absl::OkStatus();
  absl::Status late = absl::DeadlineExceededError(
      absl::StrCat("a window has not ended within ", timeout_.count() / 1000, " s"));
  inner_.Fail(late);
  return late;
}

absl::Status SharedTransport::Exchange(const std::vector<WindowMessage>& outgoing,
                                       std::vector<WindowMessage>& incoming) {
  for (size_t p = 0; p < count_; ++p) {
    if (p != self_) Prepare(p, outgoing[p], incoming[p]);
  }
  const Clock::time_point begin = Clock::now();
  while (true) {
    const uint32_t seen = memory_.BellOf(self_).rung.load(std::memory_order_acquire);
    bool moved = false;
    bool done = true;
    for (size_t p = 0; p < count_; ++p) {
      if (p == self_) continue;
      if (!writers_[p].pieces.done()) moved = Write(p) || moved;
      if (!readers_[p].pieces.done()) moved = Read(p, incoming[p]) || moved;
      done = done && writers_[p].pieces.done() && readers_[p].pieces.done();
    }
    if (done) return absl::OkStatus();
    if (!moved) TESSERA_RETURN_IF_ERROR(Wait(seen, begin));
  }
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
