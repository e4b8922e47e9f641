// Simulated nanoseconds of a parity run and what is to happen at them. Events of one nanosecond run
// in the order in which they were scheduled, as in ASTRA-sim's event queue, on which its results
// depend where messages meet on a link. Schedule and Next take O(1) while few different times are
// pending, O(log n) per different time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace tessera {

enum class AstraEventKind : uint32_t {
  kRankCalls,  // A rank's own calls of this time; of a rank.
  kArrival,    // Of a message, at the next device of its route.
  kLinkFree,   // Of a link.
  kReceived,   // What a receive was posted for is there already; of a waiting token.
};

struct AstraEvent {
  AstraEventKind kind = AstraEventKind::kRankCalls;
  uint32_t subject = 0;
};

class AstraClock {
 public:
  AstraClock() { recent_.fill({}); }

  int64_t now() const { return now_; }

  // `time` is not before now.
  void Schedule(int64_t time, AstraEvent event) {
    const Recent& recent = recent_[SlotOf(time)];
    buckets_[recent.time == time ? recent.bucket : BucketOf(time)].push_back(event);
  }

  // Takes the next event and sets the time to its; false if none is left.
  bool Next(AstraEvent& event) {
    while (open_ == kNone || next_ == buckets_[open_].size()) {
      if (!OpenNext()) return false;
    }
    event = buckets_[open_][next_++];
    return true;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kRecent = 64;
  struct Recent {
    int64_t time = -1;
    uint32_t bucket = 0;
  };

  static size_t SlotOf(int64_t time) { return static_cast<size_t>(time) % kRecent; }
  uint32_t BucketOf(int64_t time);
  bool OpenNext();

  int64_t now_ = 0;
  uint32_t open_ = kNone;  // The bucket of now_, and ...
  size_t next_ = 0;        // ... its first event that has not run.
  std::vector<std::vector<AstraEvent>> buckets_;
  std::vector<uint32_t> spare_;
  absl::flat_hash_map<int64_t, uint32_t> bucket_of_;
  std::array<Recent, kRecent> recent_;
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> times_;
};

}  // namespace tessera
