#include "partition/interleave.h"

#include <array>

namespace tessera {
namespace {

// One of the two lists, and whether an exchange of it is on its way.
struct Strand {
  const std::vector<Instruction>& instructions;
  WaitSlot slot;
  size_t next = 0;
  bool pending = false;
  bool done() const { return next == instructions.size(); }
};

bool IsExchange(const Instruction& i) {
  return i.kind == InstructionKind::kCollective && i.axis == Axis::kExpert;
}

Instruction WaitFor(const Strand& strand, const Instruction& like) {
  Instruction wait;
  wait.kind = InstructionKind::kWait;
  wait.label = like.label;
  wait.tag = static_cast<int32_t>(strand.slot);
  return wait;
}

// Up to the next exchange, which is started, or to the end.
void Advance(Strand& strand, double stretch, std::vector<Instruction>& out) {
  if (strand.pending) out.push_back(WaitFor(strand, strand.instructions[strand.next - 1]));
  strand.pending = false;
  while (!strand.done() && !strand.pending) {
    Instruction i = strand.instructions[strand.next++];
    if (i.kind == InstructionKind::kCompute) {
      i.duration = CeilSeconds(ToSeconds(i.duration) * stretch);
    }
    if (IsExchange(i)) {
      i.kind = InstructionKind::kCollectiveAsync;
      i.tag = static_cast<int32_t>(strand.slot);
      strand.pending = true;
    }
    out.push_back(i);
  }
}

}  // namespace

std::vector<Instruction> Interleave(const std::vector<Instruction>& first,
                                    const std::vector<Instruction>& second, double stretch) {
  std::vector<Instruction> out;
  out.reserve(first.size() + second.size());
  std::array<Strand, 2> strands = {
      {{first, WaitSlot::kExpert}, {second, WaitSlot::kExpertSecondHalf}}};
  while (!strands[0].done() || strands[0].pending || !strands[1].done() || strands[1].pending) {
    for (Strand& strand : strands) {
      if (!strand.done() || strand.pending) Advance(strand, stretch, out);
    }
  }
  return out;
}

}  // namespace tessera
