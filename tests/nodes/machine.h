// A small machine for tests of execution, with a fabric and a library that are easy to compute by
// hand: chips with a link to every other chip, every exchange takes one nanosecond for each byte
// that its instruction names, whatever else is under way.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "nodes/execution.h"

namespace tessera {

inline Instruction Compute(Duration duration, OperatorClass category = OperatorClass::kMlp) {
  return {.kind = InstructionKind::kCompute, .category = category, .duration = duration};
}
inline Instruction AllReduce(Axis axis, int64_t bytes, int32_t count = 1) {
  return {
      .kind = InstructionKind::kCollective, .axis = axis, .count = count, .bytes = Bytes(bytes)};
}
inline Instruction AllReduceAsync(Axis axis, int64_t bytes, int32_t slot) {
  return {
      .kind = InstructionKind::kCollectiveAsync, .axis = axis, .tag = slot, .bytes = Bytes(bytes)};
}
inline Instruction Wait(int32_t slot) { return {.kind = InstructionKind::kWait, .tag = slot}; }
inline Instruction Send(int32_t stage, int64_t bytes, int32_t tag = 0) {
  return {.kind = InstructionKind::kSend,
          .axis = Axis::kPipeline,
          .peer = stage,
          .tag = tag,
          .bytes = Bytes(bytes)};
}
inline Instruction Receive(int32_t stage, int64_t bytes, int32_t tag = 0) {
  return {.kind = InstructionKind::kReceive,
          .axis = Axis::kPipeline,
          .peer = stage,
          .tag = tag,
          .bytes = Bytes(bytes)};
}
inline Instruction Mark(uint16_t label) { return {.kind = InstructionKind::kMark, .label = label}; }

// One program a rank.
ProgramSet ProgramOfEachRank(std::vector<std::vector<Instruction>> programs);

// Chips with a link of 1 GB/s to every other one.
std::unique_ptr<Topology> FullMesh(int chips);

// Executes on as many chips as ranks.
struct MachineOptions {
  PlanSpec plan{};
  Duration stagger{};  // Rank r of an exchange hears of its end r * stagger later.
  int64_t nanoseconds_per_kilobyte = 1000;
  SimulationOptions run{};
  std::function<void()> on_exchange{};  // Called when one starts.
};
absl::StatusOr<ExecutionRecord> RunOnTestMachine(const ProgramSet& programs,
                                                 const MachineOptions& options);

}  // namespace tessera
