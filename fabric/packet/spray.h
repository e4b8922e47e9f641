// The paths that the packets of one flow take: all of them in a random order, then all of them in
// another one, so that every path carries the same share.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/random.h"

namespace tessera {

class Spray {
 public:
  explicit Spray(int32_t paths) : paths_(paths) {}

  // The path of the next packet ...
  uint32_t Peek(RandomStream& random) {
    if (paths_ == 1) return 0;
    if (left_ == 0) Reorder(random);
    return order_[left_ - 1];
  }
  // ... and a step on.
  uint32_t Next(RandomStream& random) {
    const uint32_t path = Peek(random);
    if (paths_ > 1) --left_;
    return path;
  }

 private:
  void Reorder(RandomStream& random) {
    if (order_.empty()) {
      for (int32_t path = 0; path < paths_; ++path) order_.push_back(static_cast<uint16_t>(path));
    }
    random.Shuffle(absl::MakeSpan(order_));
    left_ = order_.size();
  }

  std::vector<uint16_t> order_;
  size_t left_ = 0;  // Of the present order.
  int32_t paths_;
};

}  // namespace tessera
