// Algorithms of MSCCL, in and out: XML files that say, for every GPU, which thread blocks send,
// receive, copy and reduce which chunks, in which order.
//
// Reading executes the file on chunk names: every thread block does its steps in order, a step
// waits for the step that it depends on (depid, deps), and the k-th send of a (source, target,
// channel) meets its k-th receive. What is left is a schedule of transfers, which the schedule
// checker proves. Sends of one thread block go one after the other. Local copies and reductions
// take no time, as in the schedules of this room.
//
// Source: the format of microsoft/msccl (schema of msccl-tools).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectives/collective.h"
#include "core/units.h"
#include "fabric/schedule.h"

namespace tessera {

struct MscclAlgorithm {
  std::string name;
  CollectiveOp op = CollectiveOp::kAllReduce;
  Schedule schedule;  // Without bytes; chunks as in collectives/algorithm.h.
};

// `file` names the text. Operations: allreduce, allgather, reduce_scatter, alltoall. Step types: s,
// r, rcs, rrs, rrc, rrcs, cpy, re, nop. Errors as FILE:LINE:COLUMN: not XML, missing or impossible
// attributes, thread blocks that wait for one another for ever, an output that holds another chunk
// than it should, and what the schedule checker finds.
absl::StatusOr<MscclAlgorithm> ReadMsccl(absl::string_view text, absl::string_view file);

// The schedule of the algorithm for `bytes` (as in CollectiveRequest), cut evenly.
Schedule MscclSchedule(const MscclAlgorithm& algorithm, Bytes bytes, int element_bytes);

// The same for a schedule of ours: one thread block a peer and direction. Errors (Unimplemented):
// other operations, reducing switches, an all-to-all that does not send each chunk straight to its
// target.
absl::StatusOr<std::string> WriteMsccl(const MscclAlgorithm& algorithm);

}  // namespace tessera
