#include "nodes/bounds.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

Duration FloorSeconds(double seconds) { return Duration(static_cast<int64_t>(seconds * 1e12)); }

// What a program's computations cannot be shorter than.
Duration ComputeBound(const Program& program, const BoundInput& input) {
  double flops = 0;
  double bytes = 0;
  for (const Instruction& instruction : program.instructions) {
    flops += instruction.matrix_flops;
    bytes += static_cast<double>(instruction.memory_bytes.count());
  }
  Duration bound{};
  const double rate = HighestRate(input.chip).value() / input.ranks_per_chip;
  if (rate > 0) bound = FloorSeconds(flops / rate);
  if (!input.chip.memory.empty()) {
    const auto bandwidth =
        static_cast<double>(input.chip.memory.front().bandwidth.bytes_per_second());
    bound = std::max(bound, FloorSeconds(bytes / (bandwidth / input.ranks_per_chip)));
  }
  return bound;
}

Duration ComputeTimeOf(const Program& program) {
  Duration total{};
  for (const Instruction& instruction : program.instructions) {
    if (instruction.kind == InstructionKind::kCompute) total += instruction.duration;
  }
  return total;
}

}  // namespace

absl::Status CheckBound(absl::string_view what, Duration total, Duration bound) {
  if (total + total / 1'000'000 + Duration(1) >= bound) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      what, " took ", total.count(), " ps, below its physical bound of ", bound.count(), " ps"));
}

FlopRate HighestRate(const ChipSpec& chip) {
  FlopRate highest;
  for (int p = 0; p < kPrecisionCount; ++p) {
    for (const auto* peak : {&chip.matrix_peak, &chip.matrix_peak_sparse}) {
      highest = std::max(highest, peak->Get(static_cast<Precision>(p)).value_or(FlopRate()));
    }
  }
  return highest;
}

absl::StatusOr<Duration> CheckBounds(const BoundInput& input) {
  Duration largest{};
  for (size_t i = 0; i < input.programs.programs.size(); ++i) {
    const Program& program = input.programs.programs[i];
    const Duration bound = ComputeBound(program, input);
    TESSERA_RETURN_IF_ERROR(
        CheckBound(absl::StrCat("the computation of program ", i), ComputeTimeOf(program), bound));
    largest = std::max(largest, bound);
  }
  for (size_t i = 0; i < input.link_bytes.size(); ++i) {
    const Link& link = input.topology.links()[i];
    const auto bytes = static_cast<double>(input.link_bytes[i].count());
    largest = std::max(
        largest, FloorSeconds(bytes / static_cast<double>(link.bandwidth.bytes_per_second())));
  }
  TESSERA_RETURN_IF_ERROR(CheckBound("the run", input.makespan, largest));
  return largest;
}

}  // namespace tessera
