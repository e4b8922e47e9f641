#include "partition/uncontended.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/check.h"

namespace tessera {
namespace {

// One rank of each program.
class Executor {
 public:
  Executor(const LoweredJob& job, const RankMap& map, const CommunicationEstimate& estimate)
      : set_(job.programs), map_(map), estimate_(estimate), ranks_(set_.programs.size()) {
    for (int rank = map.ranks() - 1; rank >= 0; --rank) {
      ranks_[ProgramOf(rank)].rank = rank;
    }
  }

  UncontendedTime Run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t p = 0; p < ranks_.size(); ++p) moved |= Advance(p);
    }
    UncontendedTime result;
    for (size_t p = 0; p < ranks_.size(); ++p) {
      TESSERA_CHECK(ranks_[p].next == set_.programs[p].instructions.size());
      const Rank& rank = ranks_[p];
      const Duration end = std::max(rank.now, rank.stream_free).time_since_epoch();
      if (end < result.makespan) continue;
      result = {.makespan = end,
                .compute = rank.compute,
                .exposed_communication = rank.exposed,
                .waiting = rank.waiting};
    }
    return result;
  }

 private:
  struct Rank {
    int rank = 0;
    size_t next = 0;
    Time now{};
    Time stream_free{};
    std::map<int32_t, Time> slots;
    Duration compute{}, exposed{}, waiting{};
  };
  using MessageKey = std::tuple<size_t, size_t, int32_t>;  // Programs of sender, receiver; tag.

  size_t ProgramOf(int rank) const {
    return static_cast<size_t>(set_.program_of_rank[static_cast<size_t>(rank)]);
  }

  bool Advance(size_t program) {
    Rank& rank = ranks_[program];
    const std::vector<Instruction>& instructions = set_.programs[program].instructions;
    bool moved = false;
    while (rank.next < instructions.size() && Execute(program, instructions[rank.next])) {
      ++rank.next;
      moved = true;
    }
    return moved;
  }

  static void WaitUntil(Rank& rank, Time until, Duration Rank::*account) {
    if (until <= rank.now) return;
    rank.*account += until - rank.now;
    rank.now = until;
  }

  Duration CollectiveTime(const Instruction& i) const {
    return estimate_.Collective(i.op, i.axis, i.bytes) * i.count;
  }

  // False: a message is not there yet.
  bool Execute(size_t program, const Instruction& i) {
    Rank& rank = ranks_[program];
    switch (i.kind) {
      case InstructionKind::kCompute:
        WaitUntil(rank, rank.now + i.duration, &Rank::compute);
        return true;
      case InstructionKind::kCollective:
        WaitUntil(rank, rank.now + CollectiveTime(i), &Rank::exposed);
        return true;
      case InstructionKind::kCollectiveAsync:
        rank.stream_free = std::max(rank.stream_free, rank.now) + CollectiveTime(i);
        rank.slots[i.tag] = rank.stream_free;
        return true;
      case InstructionKind::kWait:
        WaitUntil(rank, rank.slots[i.tag], &Rank::exposed);
        return true;
      case InstructionKind::kSend:
        Send(program, i);
        return true;
      case InstructionKind::kReceive:
        return Receive(program, i);
      case InstructionKind::kMark:
        break;
    }
    return true;
  }

  void Send(size_t program, const Instruction& i) {
    Rank& rank = ranks_[program];
    const Time arrival = rank.now + estimate_.Message(i.bytes) * i.count;
    arrivals_[{program, ProgramOf(map_.AtStage(rank.rank, i.peer)), i.tag}].push_back(arrival);
    if (i.blocking) WaitUntil(rank, arrival, &Rank::exposed);
  }

  bool Receive(size_t program, const Instruction& i) {
    Rank& rank = ranks_[program];
    const auto found = arrivals_.find({ProgramOf(map_.AtStage(rank.rank, i.peer)), program, i.tag});
    if (found == arrivals_.end()) return false;
    WaitUntil(rank, found->second.front(), &Rank::waiting);
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
