#include "partition/pipeline/zero_bubble_v.h"

#include <array>
#include <optional>

#include "absl/types/span.h"

namespace tessera {
namespace {

constexpr int kKinds = 3;

class SlotScheduler {
 public:
  explicit SlotScheduler(const PipelineParams& params)
      : p_(params.stages),
        m_(params.microbatches),
        done_(static_cast<size_t>(2 * p_)),
        held_(static_cast<size_t>(p_), 0),
        order_(static_cast<size_t>(p_)) {}

  PipelineOrder Run() {
    for (int remaining = 2 * kKinds * m_ * p_; remaining > 0;) {
      std::vector<Pass> slot;
      for (int stage = 0; stage < p_; ++stage) {
        if (const std::optional<Pass> pass = Choose(stage)) slot.push_back(*pass);
      }
      for (const Pass& pass : slot) Finish(pass);
      remaining -= static_cast<int>(slot.size());
    }
    return std::move(order_);
  }

 private:
  int Done(PassKind kind, int chunk) const {
    return done_[static_cast<size_t>(chunk)][static_cast<size_t>(kind)];
  }
  int StageOf(int chunk) const { return chunk < p_ ? chunk : 2 * p_ - 1 - chunk; }

  bool Ready(PassKind kind, int chunk) const {
    const int next = Done(kind, chunk);
    if (next == m_) return false;
    switch (kind) {
      case PassKind::kForward:
        return chunk == 0 || Done(PassKind::kForward, chunk - 1) > next;
      case PassKind::kBackward:
        return Done(PassKind::kForward, chunk) > next &&
               (chunk == 2 * p_ - 1 || Done(PassKind::kBackward, chunk + 1) > next);
      case PassKind::kWeightGradient:
        break;
    }
    return Done(PassKind::kBackward, chunk) > next;
  }

  std::optional<Pass> Choose(int stage) const {
    using enum PassKind;
    const int first = stage;
    const int second = 2 * p_ - 1 - stage;
    const bool full = held_[static_cast<size_t>(stage)] == 2 * p_;
    const std::pair<PassKind, int> by_priority[] = {
        {kForward, second},  {kForward, first},         {kBackward, first},
        {kBackward, second}, {kWeightGradient, second}, {kWeightGradient, first}};
    // A full stage may not start a forward, and frees first.
    const std::pair<PassKind, int> when_full[] = {{kWeightGradient, second},
                                                  {kWeightGradient, first},
                                                  {kBackward, first},
                                                  {kBackward, second}};
    const auto choices = full ? absl::MakeConstSpan(when_full) : absl::MakeConstSpan(by_priority);
    for (const auto& [kind, chunk] : choices) {
      if (Ready(kind, chunk)) {
        return Pass{.kind = kind, .microbatch = Done(kind, chunk), .chunk = chunk};
      }
    }
    return std::nullopt;
  }

  void Finish(const Pass& pass) {
    const auto stage = static_cast<size_t>(StageOf(pass.chunk));
    ++done_[static_cast<size_t>(pass.chunk)][static_cast<size_t>(pass.kind)];
    if (pass.kind == PassKind::kForward) ++held_[stage];
    if (pass.kind == PassKind::kWeightGradient) --held_[stage];
    order_[stage].push_back(pass);
  }

  int p_;
  int m_;
  std::vector<std::array<int, kKinds>> done_;
  std::vector<int> held_;
  PipelineOrder order_;
};

}  // namespace

PipelineOrder ZeroBubbleVOrder(const PipelineParams& params) { return SlotScheduler(params).Run(); }

}  // namespace tessera
