// Runs of programs written out rank by rank, for tests of what a chip does.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/nodes/machine.h"
#include "tests/status_matchers.h"

namespace tessera {

inline constexpr auto kTensor = static_cast<size_t>(Axis::kTensor);
inline constexpr auto kPipeline = static_cast<size_t>(Axis::kPipeline);

inline MachineOptions TensorRanks(int ranks) { return {.plan = {.tensor = ranks, .data = 1}}; }
inline MachineOptions Stages(int stages) { return {.plan = {.pipeline = stages, .data = 1}}; }

inline ExecutionRecord RunRanks(std::vector<std::vector<Instruction>> programs,
                                const MachineOptions& options) {
  const ProgramSet set = ProgramOfEachRank(std::move(programs));
  auto record = RunOnTestMachine(set, options);
  EXPECT_THAT(record, IsOk());
  return record.ok() ? *std::move(record) : ExecutionRecord{};
}

inline Duration SumOf(const RankTime& rank) {
  Duration sum = rank.compute.total;
  for (const Duration d : rank.exposed) sum += d;
  for (const Duration d : rank.waiting) sum += d;
  return sum;
}

}  // namespace tessera
