#include "collectives/msccl_layout.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tessera {

int MscclLayout::InputChunk(int rank, int at) const {
  if (op == CollectiveOp::kAllGather) return at < per_rank ? rank * per_rank + at : kNothing;
  if (op == CollectiveOp::kAllToAll) return rank * per_rank + at;
  return at < chunks ? at : kNothing;
}

int MscclLayout::OutputChunk(int rank, int at) const {
  if (op == CollectiveOp::kReduceScatter) return at < per_rank ? rank * per_rank + at : kNothing;
  if (op == CollectiveOp::kAllToAll) return at * per_rank + rank;
  return at < chunks ? at : kNothing;
}

absl::StatusOr<MscclLayout> LayoutOf(const MscclProgram& program) {
  const MscclGpu& gpu = program.gpus.front();
  const int n = static_cast<int>(program.gpus.size());
  const int wide = std::max(gpu.input_chunks, gpu.output_chunks);
  const auto fail = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(program.place, ": algo: ", what));
  };
  if (wide < 1) return fail("i_chunks: found 0; accepted: from 1 on");
  if (program.collective == "allreduce") {
    return MscclLayout{.op = CollectiveOp::kAllReduce, .chunks = wide};
  }
  const bool gathers = program.collective == "allgather";
  if (gathers || program.collective == "reduce_scatter") {
    if (wide % n != 0) {
      return fail(absl::StrCat("found ", wide, " chunks; accepted: a multiple of ", n, " ranks"));
    }
    return MscclLayout{.op = gathers ? CollectiveOp::kAllGather : CollectiveOp::kReduceScatter,
                       .chunks = wide,
                       .per_rank = wide / n};
  }
  if (program.collective != "alltoall") {
    return fail(absl::StrCat("coll: found \"", program.collective,
                             "\"; accepted: allreduce, allgather, reduce_scatter, alltoall"));
  }
  if (wide != n)
    return fail(absl::StrCat("found ", wide, " chunks; accepted: ", n, ", one a rank"));
  return MscclLayout{.op = CollectiveOp::kAllToAll, .chunks = n * n, .per_rank = n};
}

}  // namespace tessera
