#include "fabric/packet/rate_control.h"

#include <algorithm>

namespace tessera {

RateControl::RateControl(const DcqcnParams& params, Bandwidth line)
    : params_(&params), line_(line), current_(line), target_(line) {}

void RateControl::OnNotice() {
  target_ = current_;
  current_ = current_.Scaled(1 - congestion_ / 2);
  congestion_ = (1 - params_->gain) * congestion_ + params_->gain;
  sent_ = Bytes();
  timer_rounds_ = 0;
  byte_rounds_ = 0;
}

void RateControl::OnDecayTimer() { congestion_ *= 1 - params_->gain; }

void RateControl::OnIncreaseTimer() {
  ++timer_rounds_;
  Increase();
}

void RateControl::OnSent(Bytes bytes) {
  if (at_line_rate()) return;
  sent_ += bytes;
  if (sent_ < params_->increase_bytes) return;
  sent_ = Bytes();
  ++byte_rounds_;
  Increase();
}

// Half way back to the target; once the first rounds are over the target rises too, slowly if one
// of the two clocks still is in its first rounds.
void RateControl::Increase() {
  const int first_rounds = params_->fast_recovery_rounds;
  Bandwidth step;
  if (std::min(timer_rounds_, byte_rounds_) > first_rounds) {
    step = params_->hyper_increase;
  } else if (std::max(timer_rounds_, byte_rounds_) > first_rounds) {
    step = params_->additive_increase;
  }
  const int64_t target =
      std::min(target_.bytes_per_second() + step.bytes_per_second(), line_.bytes_per_second());
  target_ = Bandwidth::BytesPerSecond(target);
  current_ = Bandwidth::BytesPerSecond((target + current_.bytes_per_second() + 1) / 2);
}

}  // namespace tessera
