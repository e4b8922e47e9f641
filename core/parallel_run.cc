#include "core/parallel_run.h"

#include <algorithm>
#include <chrono>
#include <ctime>

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

class Partition {
 public:
  Partition(Engine& engine, const std::vector<int32_t>& partition_of,
            const LookaheadMatrix& lookahead, WindowTransport& transport)
      : engine_(engine),
        partition_of_(partition_of),
        lookahead_(lookahead),
        distances_(lookahead.Distances()),
        transport_(transport),
        count_(static_cast<size_t>(transport.partitions())),
        self_(static_cast<size_t>(transport.self())),
        next_(count_),
        outgoing_(count_),
        incoming_(count_) {
    TESSERA_CHECK(lookahead.partitions() == transport.partitions());
  }

  absl::StatusOr<ParallelRunStatistics> Run(const ParallelRunOptions& options);

 private:
  Time BoundOf(size_t partition) const;
  Time EndOfWindow() const;
  void SortOutbox();
  absl::Status ExchangeWindow(bool stop);
  void LearnNextTimes();

  Engine& engine_;
  const std::vector<int32_t>& partition_of_;
  const LookaheadMatrix& lookahead_;
  const LookaheadMatrix distances_;
  WindowTransport& transport_;
  const size_t count_;
  const size_t self_;
  std::vector<Time> next_;  // Lower bound of each partition's earliest event.
  std::vector<WindowMessage> outgoing_;
  std::vector<WindowMessage> incoming_;
  std::vector<Time> earliest_sent_;
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
Time Partition::EndOfWindow() const {
  // Work of about the time that a slow transport takes for a round.
  constexpr int64_t kManyEvents = 256;
  const Time bound = BoundOf(self_);
  if (statistics_.events < kManyEvents * statistics_.windows) return bound;
  Time first_bound = bound;
  Time next_of_others = Time::max();
  for (size_t p = 0; p < count_; ++p) {
    if (p == self_) continue;
    first_bound = std::min(first_bound, BoundOf(p));
    next_of_others = std::min(next_of_others, next_[p]);
  }
  return std::min(bound, std::max(first_bound, next_of_others));
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

absl::Status Partition::ExchangeWindow(bool stop) {
  SortOutbox();
  for (WindowMessage& message : outgoing_) {
    message.window = statistics_.windows;
    message.stop = stop;
    message.next = engine_.next_event_time();
    message.earliest_sent = earliest_sent_;
  }
  const auto begin = std::chrono::steady_clock::now();
  TESSERA_RETURN_IF_ERROR(transport_.Exchange(outgoing_, incoming_));
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begin;
  statistics_.waiting_seconds += waited.count();
  statistics_.stopped = stop;
  incoming_[self_] = outgoing_[self_];
  for (const WindowMessage& message : incoming_) {
    if (message.window != statistics_.windows || message.earliest_sent.size() != count_) {
      return absl::InternalError(absl::StrCat("a message of window ", message.window,
                                              " arrived in window ", statistics_.windows));
    }
    statistics_.stopped = statistics_.stopped || message.stop;
    for (const Event& event : message.events) engine_.Receive(event);
  }
  return absl::OkStatus();
}

void Partition::LearnNextTimes() {
  for (size_t p = 0; p < count_; ++p) {
    next_[p] = incoming_[p].next;
    for (const WindowMessage& message : incoming_) {
      next_[p] = std::min(next_[p], message.earliest_sent[p]);
    }
  }
}

absl::StatusOr<ParallelRunStatistics> Partition::Run(const ParallelRunOptions& options) {
  // Window 0 delivers nothing: it tells the others where this partition begins.
  TESSERA_RETURN_IF_ERROR(ExchangeWindow(false));
  LearnNextTimes();
  while (!statistics_.stopped &&
         std::any_of(next_.begin(), next_.end(), [](Time t) { return t != Time::max(); })) {
    ++statistics_.windows;
    const int64_t before = engine_.events_delivered();
    const Time bound = EndOfWindow();
    const double begin = ThreadCpuSeconds();
    engine_.Run(bound == Time::max() ? bound : bound - Duration(1));
    statistics_.busy_seconds += ThreadCpuSeconds() - begin;
    const int64_t delivered = engine_.events_delivered() - before;
    statistics_.events += delivered;
    if (delivered == 0) ++statistics_.idle_windows;
    const bool stop = engine_.stop_requested() || (options.stop && options.stop());
    TESSERA_RETURN_IF_ERROR(ExchangeWindow(stop));
    LearnNextTimes();
  }
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
  return Partition(engine, partition_of, lookahead, transport).Run(options);
}

}  // namespace tessera
