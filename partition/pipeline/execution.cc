#include "partition/pipeline/execution.h"

#include <algorithm>

#include "absl/types/span.h"
#include "core/check.h"

namespace tessera {
namespace {

constexpr Time kNotYet = Time::max();

class Executor {
 public:
  Executor(const ExecutionParams& params, const PipelineOrder& order)
      : params_(params),
        order_(order),
        chunks_(ChunkCount(params.schedule, params.pipeline)),
        end_(3U * Width(), kNotYet),
        next_(order.size(), 0),
        free_(order.size()),
        held_(order.size(), 0) {
    result_.stages.resize(order.size());
  }

  PipelineExecution Run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t stage = 0; stage < order_.size(); ++stage) moved |= Advance(stage);
    }
    for (size_t stage = 0; stage < order_.size(); ++stage) {
      TESSERA_CHECK(next_[stage] == order_[stage].size());  // Else the order deadlocks.
      result_.makespan =
          std::max(result_.makespan, result_.stages[stage].last_end.time_since_epoch());
    }
    return std::move(result_);
  }

 private:
  size_t Width() const {
    return static_cast<size_t>(params_.pipeline.microbatches) * static_cast<size_t>(chunks_);
  }
  Time& End(PassKind kind, int microbatch, int chunk) {
    return end_[static_cast<size_t>(kind) * Width() +
                static_cast<size_t>(microbatch) * static_cast<size_t>(chunks_) +
                static_cast<size_t>(chunk)];
  }

  // Runs what is ready at `stage`; false if that is nothing.
  bool Advance(size_t stage) {
    bool moved = false;
    while (next_[stage] < order_[stage].size()) {
      const size_t count = order_[stage][next_[stage]].paired ? 2 : 1;
      const absl::Span<const Pass> group(&order_[stage][next_[stage]], count);
      Time begin = free_[stage];
      for (const Pass& pass : group) begin = std::max(begin, Ready(pass));
      if (begin == kNotYet) break;
      RunGroup(stage, group, begin);
      next_[stage] += count;
      moved = true;
    }
    return moved;
  }

  Time Ready(const Pass& pass) {
    const int m = pass.microbatch;
    switch (pass.kind) {
      case PassKind::kForward:
        return pass.chunk == 0 ? Time{} : After(pass, PassKind::kForward, pass.chunk - 1);
      case PassKind::kBackward: {
        const Time own = End(PassKind::kForward, m, pass.chunk);
        if (pass.chunk == chunks_ - 1 || own == kNotYet) return own;
        return std::max(own, After(pass, PassKind::kBackward, pass.chunk + 1));
      }
      case PassKind::kWeightGradient:
        break;
    }
    return End(PassKind::kBackward, m, pass.chunk);
  }

  // When the message of the neighbouring chunk is there.
  Time After(const Pass& pass, PassKind kind, int chunk) {
    const Time sent = End(kind, pass.microbatch, chunk);
    if (sent == kNotYet) return kNotYet;
    Pass neighbour = pass;
    neighbour.chunk = chunk;
    const bool same_stage = StageOfChunk(params_.schedule, params_.pipeline, neighbour) ==
                            StageOfChunk(params_.schedule, params_.pipeline, pass);
    return same_stage ? sent : sent + params_.hop;
  }

  Duration TimeOf(const Pass& pass) const {
    const PassTimes& times = params_.chunks[static_cast<size_t>(pass.chunk)];
    switch (pass.kind) {
      case PassKind::kForward:
        return times.forward;
      case PassKind::kBackward:
        return pass.whole ? times.backward + times.weight_gradient : times.backward;
      case PassKind::kWeightGradient:
        break;
    }
    return times.weight_gradient;
  }

  // One pass, or an overlapped pair whose passes end together.
  void RunGroup(size_t stage, absl::Span<const Pass> group, Time begin) {
    StageExecution& done = result_.stages[stage];
    if (next_[stage] == 0) done.first_begin = begin;
    Duration duration{};
    for (const Pass& pass : group) duration += TimeOf(pass);
    done.busy += duration;
    free_[stage] = done.last_end = begin + duration;
    for (const Pass& pass : group) {
      End(pass.kind, pass.microbatch, pass.chunk) = free_[stage];
      CountActivations(stage, pass);
    }
  }

  void CountActivations(size_t stage, const Pass& pass) {
    int& peak = result_.stages[stage].peak_activations;
    if (pass.kind == PassKind::kForward) peak = std::max(peak, ++held_[stage]);
    if (FreesActivations(params_.schedule, pass)) --held_[stage];
  }

  const ExecutionParams& params_;
  const PipelineOrder& order_;
  int chunks_;
  std::vector<Time> end_;
  std::vector<size_t> next_;
  std::vector<Time> free_;
  std::vector<int> held_;
  PipelineExecution result_;
};

}  // namespace

PipelineExecution ExecutePipeline(const ExecutionParams& params, const PipelineOrder& order) {
  return Executor(params, order).Run();
}

}  // namespace tessera
