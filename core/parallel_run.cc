#include "core/parallel_run.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// Saturating: kNever and Time::max() absorb.
Duration Sum(Duration a, Duration b) {
  return a > LookaheadMatrix::kNever - b ? LookaheadMatrix::kNever : a + b;
}
Time Later(Time time, Duration by) { return Time(Sum(time.time_since_epoch(), by)); }

double ThreadCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Adds the wall time of its life to the waiting.
class WaitingTimer {
 public:
  explicit WaitingTimer(ParallelRunStatistics& statistics) : statistics_(statistics) {}
  WaitingTimer(const WaitingTimer&) = delete;
  WaitingTimer& operator=(const WaitingTimer&) = delete;
  ~WaitingTimer() {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin_;
    statistics_.waiting_seconds += waited.count();
  }

 private:
  ParallelRunStatistics& statistics_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

Duration LeastBetweenTwo(const LookaheadMatrix& distances) {
  Duration least = LookaheadMatrix::kNever;
  for (int from = 0; from < distances.partitions(); ++from) {
    for (int to = 0; to < distances.partitions(); ++to) {
      if (from != to) least = std::min(least, distances.At(from, to));
    }
  }
  return least;
}

// CPU time in which events are delivered. Reading the clock of a thread takes as long as several
// events do: after a thousand windows one in eight is measured, and its events stand for all.
class BusyClock {
 public:
  // `deliver` returns the number of events that it has delivered.
  template <typename Deliver>
  void Measure(const Deliver& deliver) {
    constexpr int64_t kAllOf = 1024;
    constexpr int64_t kOneIn = 8;
    if (++windows_ > kAllOf && windows_ % kOneIn != 0) {
      events_ += deliver();
      return;
    }
    const double begin = ThreadCpuSeconds();
    const int64_t events = deliver();
    measured_seconds_ += ThreadCpuSeconds() - begin;
    measured_events_ += events;
    events_ += events;
  }
  double seconds() const {
    if (measured_events_ == 0) return measured_seconds_;
    return measured_seconds_ * static_cast<double>(events_) / static_cast<double>(measured_events_);
  }

 private:
  int64_t windows_ = 0;
  int64_t events_ = 0;
  int64_t measured_events_ = 0;
  double measured_seconds_ = 0;
};

class Partition {
 public:
  Partition(Engine& engine, const std::vector<int32_t>& partition_of,
            const LookaheadMatrix& lookahead, WindowTransport& transport, bool overlap)
      : engine_(engine),
        partition_of_(partition_of),
        lookahead_(lookahead),
        distances_(lookahead.Distances()),
        transport_(transport),
        overlap_(overlap),
        stride_(LeastBetweenTwo(distances_) / 2),
        count_(static_cast<size_t>(transport.partitions())),
        self_(static_cast<size_t>(transport.self())),
        next_(count_),
        under_way_(count_, Time::max()),
        outgoing_(count_),
        incoming_(count_) {
    TESSERA_CHECK(lookahead.partitions() == transport.partitions());
  }

  absl::StatusOr<ParallelRunStatistics> Run(const ParallelRunOptions& options);

 private:
  Time BoundOf(size_t partition) const;
  Time EndOfWindow();
  void DeliverWindow();
  void SortOutbox();
  absl::Status SendWindow(bool stop);
  absl::Status ReceiveWindow();
  void LearnNextTimes();
  bool Over() const;

  Engine& engine_;
  const std::vector<int32_t>& partition_of_;
  const LookaheadMatrix& lookahead_;
  const LookaheadMatrix distances_;
  WindowTransport& transport_;
  const bool overlap_;
  const Duration stride_;  // Of a window that overlaps.
  const size_t count_;
  const size_t self_;
  // By partition, as of the window last received: a lower bound of its earliest event; at first
  // the beginning of time. With overlap, what was sent to it in that window counts twice, since the
  // next message that it sends knows no more of it: under_way_.
  std::vector<Time> next_;
  std::vector<Time> under_way_;
  std::vector<WindowMessage> outgoing_;
  std::vector<WindowMessage> incoming_;
  std::deque<WindowMessage> own_;  // Of windows sent but not received.
  int64_t received_ = 0;           // Windows.
  std::vector<Time> earliest_sent_;
  BusyClock busy_;
  ParallelRunStatistics statistics_;
};

Time Partition::BoundOf(size_t partition) const {
  Time bound = Time::max();
  for (size_t p = 0; p < count_; ++p) {
    bound = std::min(
        bound, Later(next_[p], distances_.At(static_cast<int>(p), static_cast<int>(partition))));
  }
  return bound;
}

// Of the window to come: nothing at or after it is delivered.
Time Partition::EndOfWindow() {
  // Work of about the time that a slow transport takes for a round.
  constexpr int64_t kManyEvents = 256;
  const Time bound = BoundOf(self_);
  if (!overlap_ && statistics_.events < kManyEvents * statistics_.windows) return bound;
  Time end = overlap_ ? Later(engine_.next_event_time(), stride_) : bound;
  Time next_of_others = Time::max();
  for (size_t p = 0; p < count_; ++p) {
    if (p == self_) continue;
    if (!overlap_) end = std::min(end, BoundOf(p));
    next_of_others = std::min(next_of_others, next_[p]);
  }
  return std::min(bound, std::max(end, next_of_others));
}

void Partition::DeliverWindow() {
  const int64_t before = engine_.events_delivered();
  const Time end = EndOfWindow();
  busy_.Measure([&] {
    engine_.Run(end == Time::max() ? end : end - Duration(1));
    return engine_.events_delivered() - before;
  });
  const int64_t delivered = engine_.events_delivered() - before;
  statistics_.events += delivered;
  if (delivered == 0) ++statistics_.idle_windows;
}

void Partition::SortOutbox() {
  earliest_sent_.assign(count_, Time::max());
  for (WindowMessage& message : outgoing_) message.events.clear();
  for (const Event& event : engine_.outbox()) {
    const auto to = static_cast<size_t>(partition_of_[event.target]);
    const Duration least = lookahead_.At(static_cast<int>(self_), static_cast<int>(to));
    TESSERA_CHECK(to != self_ && least != LookaheadMatrix::kNever);
    earliest_sent_[to] = std::min(earliest_sent_[to], event.time);
    outgoing_[to].events.push_back(event);
  }
  statistics_.events_sent += static_cast<int64_t>(engine_.outbox().size());
  engine_.outbox().clear();
}

absl::Status Partition::SendWindow(bool stop) {
  SortOutbox();
  for (WindowMessage& message : outgoing_) {
    message.window = statistics_.windows;
    message.stop = stop;
    message.next = engine_.next_event_time();
    message.earliest_sent = earliest_sent_;
  }
  own_.push_back(outgoing_[self_]);
  const WaitingTimer timer(statistics_);
  return transport_.SendWindow(outgoing_);
}

absl::Status Partition::ReceiveWindow() {
  {
    const WaitingTimer timer(statistics_);
    TESSERA_RETURN_IF_ERROR(transport_.ReceiveWindow(incoming_));
  }
  incoming_[self_] = std::move(own_.front());
  own_.pop_front();
  for (const WindowMessage& message : incoming_) {
    if (message.window != received_ || message.earliest_sent.size() != count_) {
      return absl::InternalError(
          absl::StrCat("a message of window ", message.window, " arrived in window ", received_));
    }
    statistics_.stopped = statistics_.stopped || message.stop;
    for (const Event& event : message.events) engine_.Receive(event);
  }
  ++received_;
  LearnNextTimes();
  return absl::OkStatus();
}

void Partition::LearnNextTimes() {
  for (size_t p = 0; p < count_; ++p) {
    Time sent = Time::max();
    for (const WindowMessage& message : incoming_) sent = std::min(sent, message.earliest_sent[p]);
    next_[p] = std::min({incoming_[p].next, sent, under_way_[p]});
    if (overlap_) under_way_[p] = sent;
  }
}

bool Partition::Over() const {
  return statistics_.stopped ||
         std::all_of(next_.begin(), next_.end(), [](Time t) { return t == Time::max(); });
}

absl::StatusOr<ParallelRunStatistics> Partition::Run(const ParallelRunOptions& options) {
  // Window 0 delivers nothing: it tells the others where this partition begins.
  TESSERA_RETURN_IF_ERROR(SendWindow(false));
  if (!overlap_) TESSERA_RETURN_IF_ERROR(ReceiveWindow());
  while (!Over()) {
    ++statistics_.windows;
    DeliverWindow();
    const bool stop = engine_.stop_requested() || (options.stop && options.stop());
    TESSERA_RETURN_IF_ERROR(SendWindow(stop));
    TESSERA_RETURN_IF_ERROR(ReceiveWindow());
  }
  // All have sent one more window, in which there was nothing left to do or the run was stopped.
  if (overlap_) TESSERA_RETURN_IF_ERROR(ReceiveWindow());
  statistics_.busy_seconds = busy_.seconds();
  return statistics_;
}

}  // namespace

LookaheadMatrix::LookaheadMatrix(int partitions)
    : partitions_(partitions),
      lookahead_(static_cast<size_t>(partitions) * static_cast<size_t>(partitions), kNever) {
  TESSERA_CHECK(partitions >= 1);
}

void LookaheadMatrix::Limit(int from, int to, Duration lookahead) {
  TESSERA_CHECK(lookahead >= Duration(1));
  lookahead_[Index(from, to)] = std::min(lookahead_[Index(from, to)], lookahead);
}

LookaheadMatrix LookaheadMatrix::Distances() const {
  LookaheadMatrix d = *this;
  for (int via = 0; via < partitions_; ++via) {
    for (int from = 0; from < partitions_; ++from) {
      if (d.At(from, via) == kNever) continue;
      for (int to = 0; to < partitions_; ++to) {
        const Duration sum = Sum(d.At(from, via), d.At(via, to));
        if (sum < d.At(from, to)) d.lookahead_[d.Index(from, to)] = sum;
      }
    }
  }
  return d;
}

absl::StatusOr<ParallelRunStatistics> RunPartition(Engine& engine,
                                                   const std::vector<int32_t>& partition_of,
                                                   const LookaheadMatrix& lookahead,
                                                   WindowTransport& transport,
                                                   const ParallelRunOptions& options) {
  return Partition(engine, partition_of, lookahead, transport, options.overlap).Run(options);
}

}  // namespace tessera
