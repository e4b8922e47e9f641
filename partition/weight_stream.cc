#include "partition/weight_stream.h"

#include "chips/kernel_chip.h"

namespace tessera {

Duration StreamingRoom(const ChipSpec& chip) {
  if (!chip.sram || chip.memory.empty()) return {};
  return CeilSeconds(static_cast<double>(chip.sram->total.count()) / 2 / ReadBandwidth(chip));
}

void WeightStream::AllReduce(const CollectiveCall& call) {
  Rest();
  if (out_.Active(call)) pending_ = call;
}

void WeightStream::Compute(const Work& work, const char* label) {
  if (work.Total() == Duration{}) return;
  const Work ahead = pending_ ? work.LoadsWithin(room_ * pending_->count) : Work{};
  if (ahead.Total() == Duration{}) {
    Rest().Compute(work, label);
    return;
  }
  out_.Start(*pending_, WaitSlot::kTensor);
  pending_.reset();
  out_.Compute(ahead, label);
  out_.Wait(WaitSlot::kTensor);
  out_.Compute(work.Without(ahead), label);
}

InstructionWriter& WeightStream::Rest() {
  if (pending_) out_.Collective(*pending_);
  pending_.reset();
  return out_;
}

}  // namespace tessera
