#include "partition/uncontended.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/check.h"

namespace tessera {

void PaperStreams::WaitUntil(Time until, Duration& account) {
  if (until <= now_) return;
  account += until - now_;
  now_ = until;
}

Time PaperStreams::end() const {
  return std::max(now_, *std::max_element(stream_free_.begin(), stream_free_.end()));
}

Duration PaperStreams::TimeOf(const Instruction& i) const {
  const bool known = i.duration > Duration{};
  return (known ? i.duration : estimate_.Collective(i.op, i.axis, i.bytes)) * i.count;
}

void PaperStreams::StartCollective(const Instruction& i) {
  Time& free = stream_free_[static_cast<size_t>(i.axis)];
  free = std::max(free, now_) + TimeOf(i);
  slots_[i.tag] = std::max(slots_[i.tag], free);
}

void PaperStreams::Execute(const Instruction& i) {
  switch (i.kind) {
    case InstructionKind::kCompute:
      return WaitUntil(now_ + i.duration, compute);
    case InstructionKind::kCollective:
      return WaitUntil(now_ + TimeOf(i), exposed);
    case InstructionKind::kCollectiveAsync:
      return StartCollective(i);
    case InstructionKind::kWait:
      return WaitUntil(slots_[i.tag], exposed);
    case InstructionKind::kSend:
    case InstructionKind::kReceive:
      TESSERA_CHECK(false);
    case InstructionKind::kMark:
      break;
  }
}

namespace {

// One rank of each program.
class Executor {
 public:
  Executor(const LoweredJob& job, const RankMap& map, const CommunicationEstimate& estimate)
      : set_(job.programs),
        map_(map),
        estimate_(estimate),
        ranks_(set_.programs.size(), Rank{PaperStreams(estimate)}) {
    for (int rank = map.ranks() - 1; rank >= 0; --rank) ranks_[ProgramOf(rank)].rank = rank;
  }

  UncontendedTime Run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t p = 0; p < ranks_.size(); ++p) moved |= Advance(p);
    }
    UncontendedTime result;
    for (size_t p = 0; p < ranks_.size(); ++p) {
      TESSERA_CHECK(ranks_[p].next == set_.programs[p].instructions.size());
      const PaperStreams& streams = ranks_[p].streams;
      const Duration end = streams.end().time_since_epoch();
      if (end < result.makespan) continue;
      result = {.makespan = end,
                .compute = streams.compute,
                .exposed_communication = streams.exposed,
                .waiting = streams.waiting};
    }
    return result;
  }

 private:
  struct Rank {
    PaperStreams streams;
    int rank = 0;
    size_t next = 0;
  };
  using MessageKey = std::tuple<size_t, size_t, int32_t>;  // Programs of sender, receiver; tag.

  size_t ProgramOf(int rank) const {
    return static_cast<size_t>(set_.program_of_rank[static_cast<size_t>(rank)]);
  }
  size_t PeerOf(size_t program, const Instruction& i) const {
    return ProgramOf(map_.AtStage(ranks_[program].rank, i.peer));
  }

  // Runs until a message is missing; false if that is at once.
  bool Advance(size_t program) {
    Rank& rank = ranks_[program];
    const std::vector<Instruction>& instructions = set_.programs[program].instructions;
    const size_t begin = rank.next;
    while (rank.next < instructions.size() && Execute(program, instructions[rank.next])) {
      ++rank.next;
    }
    return rank.next > begin;
  }

  bool Execute(size_t program, const Instruction& i) {
    if (i.kind == InstructionKind::kReceive) return Receive(program, i);
    if (i.kind == InstructionKind::kSend) {
      Send(program, i);
    } else {
      ranks_[program].streams.Execute(i);
    }
    return true;
  }

  void Send(size_t program, const Instruction& i) {
    PaperStreams& streams = ranks_[program].streams;
    const Time arrival = streams.now() + estimate_.Message(i.bytes) * i.count;
    arrivals_[{program, PeerOf(program, i), i.tag}].push_back(arrival);
    if (i.blocking) streams.WaitUntil(arrival, streams.exposed);
  }

  bool Receive(size_t program, const Instruction& i) {
    const auto found = arrivals_.find({PeerOf(program, i), program, i.tag});
    if (found == arrivals_.end()) return false;
    PaperStreams& streams = ranks_[program].streams;
    streams.WaitUntil(found->second.front(), streams.waiting);
    found->second.erase(found->second.begin());
    if (found->second.empty()) arrivals_.erase(found);
    return true;
  }

  const ProgramSet& set_;
  const RankMap& map_;
  const CommunicationEstimate& estimate_;
  std::vector<Rank> ranks_;
  std::map<MessageKey, std::vector<Time>> arrivals_;
};

}  // namespace

UncontendedTime ExecuteUncontended(const LoweredJob& job, const RankMap& map,
                                   const CommunicationEstimate& estimate) {
  return Executor(job, map, estimate).Run();
}

}  // namespace tessera
