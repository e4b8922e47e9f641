// Writes schedules: cuts a buffer in chunks and turns steps into a DAG of transfers.
//
// Two ways to order transfers. In steps: a transfer starts when all transfers of its source's
// earlier steps, into or out of it, have ended ("sent and received"); ranks are not synchronised
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

struct AlgorithmInput;
// Of an all_to_all or all_to_allv: chunk s * n + t goes from rank s to rank t.
std::vector<Bytes> ExchangeChunks(const AlgorithmInput& input);

class ScheduleBuilder {
 public:
  struct Move {
    int source = 0;
    int target = 0;
    int chunk = 0;
    int count = 1;  // Consecutive chunks from `chunk`, modulo the number of chunks.
    bool reduce = false;
    bool after_target = false;  // In steps: waits for the target's earlier steps too.
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
  std::vector<int64_t> offsets_;  // Of each chunk; one more at the end.
  // Transfers of each endpoint's finished steps that a later one must wait for (those before a step
  // in which the endpoint sent are waited for by what it sent) ...
  std::vector<std::vector<int>> last_;
  std::vector<std::vector<int>> current_;  // ... and of the step in hand.
  std::vector<int> touched_;               // Endpoints with a non-empty `current_`.
};

}  // namespace tessera
