#include "partition/pass_time.h"

#include "partition/uncontended.h"

namespace tessera {

PassTime TimeOf(const std::vector<Instruction>& instructions,
                const CommunicationEstimate& estimate) {
  PaperStreams streams(estimate);
  PassTime time;
  for (const Instruction& i : instructions) {
    streams.Execute(i);
    if (i.category == OperatorClass::kRecompute) time.recompute += i.duration;
  }
  time.total = streams.end().time_since_epoch();
  time.exposed = streams.exposed;
  return time;
}

}  // namespace tessera
