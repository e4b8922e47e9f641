// Keeps what the traced ranks did, for timelines.
#pragma once

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "nodes/simulation.h"

namespace tessera {

class SpanRecorder {
 public:
  void Add(const Span& span) {
    if (span.begin < span.end) spans_.push_back(span);
  }

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
};

}  // namespace tessera
