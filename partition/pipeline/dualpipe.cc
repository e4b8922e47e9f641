#include "partition/pipeline/dualpipe.h"

#include <algorithm>
#include <array>
#include <deque>

namespace tessera {
namespace {

// Emits the passes of one stage. Phase 0 are the micro-batches that enter at the nearer end, phase
// 1 those from the farther end; the second half of the stages sees them mirrored.
class StageWriter {
 public:
  StageWriter(const PipelineParams& params, int stage)
      : params_(params), stage_(stage), mirrored_(stage >= params.stages / 2) {}

  void Forward(int phase) { Push(PassKind::kForward, phase, forwards_[Index(phase)]++); }

  void Backward(int phase, bool split) {
    const int microbatch = backwards_[Index(phase)]++;
    Push(PassKind::kBackward, phase, microbatch);
    passes_.back().whole = !split;
    if (split) postponed_.push_back({phase, microbatch});
  }

  void ForwardAndBackward(int forward_phase, int backward_phase) {
    Forward(forward_phase);
    passes_.back().paired = true;
    Backward(backward_phase, /*split=*/false);
  }

  void WeightGradient() {
    const auto [phase, microbatch] = postponed_.front();
    postponed_.pop_front();
    Push(PassKind::kWeightGradient, phase, microbatch);
  }

  std::vector<Pass> Take() { return std::move(passes_); }

 private:
  static size_t Index(int phase) { return static_cast<size_t>(phase); }

  void Push(PassKind kind, int phase, int nth) {
    const bool reverse = (phase == 1) != mirrored_;
    passes_.push_back({.kind = kind,
                       .microbatch = nth + (reverse ? params_.microbatches / 2 : 0),
                       .chunk = reverse ? params_.stages - 1 - stage_ : stage_,
                       .reverse = reverse});
  }

  const PipelineParams& params_;
  int stage_;
  bool mirrored_;
  std::array<int, 2> forwards_{}, backwards_{};
  std::deque<std::pair<int, int>> postponed_;
  std::vector<Pass> passes_;
};

void WriteWarmup(StageWriter& out, int inner, int outer) {
  for (int i = 0; i < 2 * inner; ++i) out.Forward(0);
  for (int i = 0; i < outer; ++i) {
    out.Forward(0);
    out.Forward(1);
  }
  for (int i = 0; i < inner; ++i) {
    out.Backward(1, /*split=*/true);
    out.WeightGradient();
    out.Forward(1);
  }
}

void WriteCooldown(StageWriter& out, int inner, int outer) {
  for (int i = 0; i < inner; ++i) {
    out.Backward(1, /*split=*/false);
    out.ForwardAndBackward(1, 0);
  }
  bool split = false;
  for (int i = 0; i < outer; ++i) {
    if (i == outer / 2 && outer % 2 == 0) split = true;
    out.Backward(1, split);
    if (i == outer / 2) split = true;
    out.Backward(0, split);
  }
  for (int i = 0; i < inner; ++i) {
    out.WeightGradient();
    out.Backward(0, /*split=*/true);
  }
  for (int i = 0; i < outer; ++i) out.WeightGradient();
}

}  // namespace

PipelineOrder DualPipeOrder(const PipelineParams& params) {
  const int p = params.stages;
  PipelineOrder order;
  for (int stage = 0; stage < p; ++stage) {
    const int from_end = std::min(stage, p - 1 - stage);
    const int inner = p / 2 - from_end - 1;  // Stages between this one and the middle.
    const int outer = from_end + 1;          // Stages up to the nearer end, itself included.
    StageWriter out(params, stage);
    WriteWarmup(out, inner, outer);
    for (int i = 0; i < params.microbatches / 2 - p + outer; ++i) {
      out.ForwardAndBackward(0, 1);
      out.ForwardAndBackward(1, 0);
    }
    WriteCooldown(out, inner, outer);
    order.push_back(out.Take());
  }
  return order;
}

}  // namespace tessera
