// Tenstorrent: a grid of cores, each with a matrix unit, a vector unit and a scratchpad, programmed
// as readers, compute kernels and writers that move 32 x 32 tiles explicitly. A product gives every
// core a block of the result; rows and columns of operands are multicast over the grid. The
// multiplier takes one to four passes for wider mantissas (math fidelity).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no core count, memory, vector rate or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeDataflowChip(const ChipSpec& spec);

// Cores that read main memory over the on-chip network, one block of requests after the other.
struct DramReaders {
  int readers = 1;
  int buffers = 1;        // Blocks in flight of one reader: 2 is double buffering.
  bool adjacent = false;  // Readers sit beside their memory channel; else anywhere.
};

// Sustained rate of all readers. A block of 16 KiB takes the memory's latency, the way there and
// back, and its serialisation; far readers share links and get no more than two thirds of the
// peak. Source: tt-metal tech_reports/Saturating_DRAM_bandwidth (Blackhole). Error: no clock.
absl::StatusOr<Bandwidth> ReadersBandwidth(const ChipSpec& spec, const DramReaders& readers);

}  // namespace tessera
