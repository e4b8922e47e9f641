// Keeps what the traced ranks did, for timelines: the first so many spans of each, since a long run
// makes half a gigabyte of them a second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "nodes/simulation.h"

namespace tessera {

class SpanRecorder {
 public:
  // From now on no more than `count` spans of one rank are kept. By rank, so that what is kept does
  // not depend on how a run is split.
  void KeepOfEachRank(int64_t count) { most_ = count; }

  void Add(const Span& span) {
    if (span.begin >= span.end) return;
    if (++added_[span.rank] > most_) {
      ++left_out_;
      return;
    }
    spans_.push_back(span);
  }

  int64_t left_out() const { return left_out_; }

  // As they were added.
  std::vector<Span> TakeAll() { return std::move(spans_); }

  // By rank, stream and begin; what lies past `end` is cut off.
  std::vector<Span> Take(Time end) {
    std::erase_if(spans_, [end](const Span& s) { return s.begin >= end; });
    for (Span& span : spans_) span.end = std::min(span.end, end);
    std::stable_sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
      return std::tie(a.rank, a.stream, a.begin) < std::tie(b.rank, b.stream, b.begin);
    });
    return std::move(spans_);
  }

 private:
  std::vector<Span> spans_;
  absl::flat_hash_map<int32_t, int64_t> added_;  // By rank.
  int64_t most_ = std::numeric_limits<int64_t>::max();
  int64_t left_out_ = 0;
};

}  // namespace tessera
