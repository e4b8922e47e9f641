#include "nodes/astra/clock.h"

#include "core/check.h"

namespace tessera {

uint32_t AstraClock::BucketOf(int64_t time) {
  TESSERA_CHECK(time >= now_);
  const auto [it, is_new] = bucket_of_.try_emplace(time, 0);
  if (is_new) {
    if (spare_.empty()) {
      spare_.push_back(static_cast<uint32_t>(buckets_.size()));
      buckets_.emplace_back();
    }
    it->second = spare_.back();
    spare_.pop_back();
    times_.push(time);
  }
  recent_[SlotOf(time)] = {.time = time, .bucket = it->second};
  return it->second;
}

bool AstraClock::OpenNext() {
  if (open_ != kNone) {
    buckets_[open_].clear();
    spare_.push_back(open_);
    bucket_of_.erase(now_);
    Recent& recent = recent_[SlotOf(now_)];
    if (recent.time == now_) recent = {};
    open_ = kNone;
  }
  if (times_.empty()) return false;
  now_ = times_.top();
  times_.pop();
  open_ = bucket_of_.at(now_);
  next_ = 0;
  return true;
}

}  // namespace tessera
