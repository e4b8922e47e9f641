// Executes programs on paper: every communication takes what CommunicationEstimate says, alone on
// its links, and starts when its rank is ready. One rank a program stands for all that share it.
// What the event simulation must give where nothing contends; what plans are first ranked by.
#pragma once

#include <array>
#include <map>

#include "core/units.h"
#include "partition/communication_estimate.h"
#include "partition/partition.h"

namespace tessera {

// The streams of one rank. Messages are the caller's.
class PaperStreams {
 public:
  explicit PaperStreams(const CommunicationEstimate& estimate) : estimate_(estimate) {}

  // Anything but kSend and kReceive.
  void Execute(const Instruction& instruction);
  void WaitUntil(Time until, Duration& account);

  Time now() const { return now_; }
  Time end() const;

  Duration compute{}, exposed{}, waiting{};

 private:
  // Of all executions of a collective.
  Duration TimeOf(const Instruction& instruction) const;
  void StartCollective(const Instruction& instruction);

  const CommunicationEstimate& estimate_;
  Time now_{};
  std::array<Time, kAxisCount> stream_free_{};  // Of the communication streams.
  std::map<int32_t, Time> slots_;
};

struct UncontendedTime {
  Duration makespan{};
  // Of the rank that ends last.
  Duration compute{};
  Duration exposed_communication{};
  Duration waiting{};  // For messages.
};

// Programs as Lower makes them. O(instructions of all programs).
UncontendedTime ExecuteUncontended(const LoweredJob& job, const RankMap& map,
                                   const CommunicationEstimate& estimate);

}  // namespace tessera
