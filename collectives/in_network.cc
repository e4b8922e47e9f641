#include "collectives/in_network.h"

#include <utility>
#include <vector>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

class SwitchWriter {
 public:
  SwitchWriter(const AlgorithmInput& input, int chunks)
      : n_(input.ranks),
        pushed_(static_cast<size_t>(n_), -1),
        builder_("in_network", n_, EvenChunks(input.bytes, chunks, input.element_bytes), 1) {}

  // All ranks push the chunk, each after its push before. Returns the transfers.
  const std::vector<int>& PushAll(int chunk) {
    for (int r = 0; r < n_; ++r) {
      int& last = pushed_[static_cast<size_t>(r)];
      last = builder_.AddAfter({.source = r, .target = n_, .chunk = chunk, .reduce = true}, {last});
    }
    return pushed_;
  }
  int Push(int rank, int chunk, int after) {
    return builder_.AddAfter({.source = rank, .target = n_, .chunk = chunk}, {after});
  }
  void Pull(int rank, int chunk, absl::Span<const int> after) {
    builder_.AddAfter({.source = n_, .target = rank, .chunk = chunk}, after);
  }
  Schedule Build() && { return std::move(builder_).Build(); }

 private:
  int n_;
  std::vector<int> pushed_;
  ScheduleBuilder builder_;
};

bool OwnedByRanks(CollectiveOp op) {
  return op == CollectiveOp::kReduceScatter || op == CollectiveOp::kAllGather;
}

}  // namespace

Schedule InNetworkSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const int chunks = OwnedByRanks(input.op) ? n : input.segments;
  SwitchWriter writer(input, chunks);
  int pushed = -1;
  for (int chunk = 0; chunk < chunks && n > 1; ++chunk) {
    const bool gathers = input.op == CollectiveOp::kAllGather;
    if (gathers || input.op == CollectiveOp::kBroadcast) {
      // A rank's own share needs no push before it; a root pushes its pieces in turn.
      pushed = writer.Push(gathers ? chunk : 0, chunk, gathers ? -1 : pushed);
      for (int r = 0; r < n; ++r) {
        if (r != (gathers ? chunk : 0)) writer.Pull(r, chunk, {pushed});
      }
      continue;
    }
    const std::vector<int>& after = writer.PushAll(chunk);
    if (input.op == CollectiveOp::kReduceScatter) writer.Pull(chunk, chunk, after);
    if (input.op == CollectiveOp::kReduce) writer.Pull(0, chunk, after);
    for (int r = 0; r < n && input.op == CollectiveOp::kAllReduce; ++r) {
      writer.Pull(r, chunk, after);
    }
  }
  return std::move(writer).Build();
}

}  // namespace tessera
