// Decode layers of software that streams weights ahead of their use: while ranks wait for an
// all-reduce, the memory goes on loading the weights of the products behind it into a buffer on the
// chip, so that of both only the longer shows. What depends on the result (the arithmetic, the
// cache) waits.
//
// Simplifications: no load runs ahead past the next all-reduce; only weights do, not the cache.
#pragma once

#include <optional>

#include "configs/chip_spec.h"
#include "partition/instruction_writer.h"

namespace tessera {

// Time for which loads can run ahead: until half of the on-chip memory is full (the other half is
// in use) at the memory's sustained rate. Zero without memory on or off the chip.
Duration StreamingRoom(const ChipSpec& chip);

class WeightStream {
 public:
  // `room` of one run of a layer; zero: everything waits for its collective.
  WeightStream(InstructionWriter& out, Duration room) : out_(out), room_(room) {}

  // A collective along the tensor axis that the next computation needs.
  void AllReduce(const CollectiveCall& call);
  // `work` is of all runs, as many as those of the collective before it.
  void Compute(const Work& work, const char* label);
  // For instructions of other kinds: behind the collective.
  InstructionWriter& Rest();

 private:
  InstructionWriter& out_;
  Duration room_;
  std::optional<CollectiveCall> pending_;
};

}  // namespace tessera
