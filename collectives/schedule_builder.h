// Writes schedules: cuts a buffer in chunks and turns steps into a DAG of transfers.
//
// Two ways to order transfers. In steps: a transfer starts when the transfers of its source's
// last step, into or out of it, have ended ("sent and received"); ranks are not synchronised
// otherwise. Explicitly: the caller names the predecessors (pipelined trees and chains).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/schedule.h"

namespace tessera {

// Sizes of `chunks` equal chunks of `total`, in whole elements; the first ones get one element more
// where it does not divide, the very last byte count absorbs a broken element.
std::vector<Bytes> EvenChunks(Bytes total, int chunks, int element_bytes);

class ScheduleBuilder {
 public:
  struct Move {
    int source = 0;
    int target = 0;
    int chunk = 0;
    int count = 1;  // Consecutive chunks from `chunk`, modulo the number of chunks.
    bool reduce = false;
  };

  ScheduleBuilder(std::string algorithm, int ranks, absl::Span<const Bytes> chunk_sizes,
                  int switches = 0);

  // A transfer of the step in hand. Returns its index.
  int Add(const Move& move);
  void EndStep();

  // A transfer with exactly these predecessors (negative ones are left out). Returns its index.
  int AddAfter(const Move& move, absl::Span<const int> predecessors);

  // The endpoints that took part in finished steps wait for nothing any more (a new independent
  // chain of steps begins, such as another colour).
  void ForgetSteps();

  Bytes SizeOf(int chunk, int count) const;
  int chunks() const { return schedule_.chunks; }
  Schedule Build() &&;

 private:
  int Append(const Move& move);

  Schedule schedule_;
  std::vector<int64_t> offsets_;           // Of each chunk; one more at the end.
  std::vector<std::vector<int>> last_;     // Transfers of each endpoint's last finished step.
  std::vector<std::vector<int>> current_;  // And of the step in hand.
  std::vector<int> touched_;               // Endpoints with a non-empty `current_`.
};

}  // namespace tessera
