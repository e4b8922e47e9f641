#include "nodes/partition_record.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/byte_codec.h"
#include "core/status_macros.h"
#include "nodes/deadlock.h"

namespace tessera {
namespace {

absl::Span<const Instruction> InstructionsOf(int rank, const ProgramSet& programs) {
  const auto program = static_cast<size_t>(programs.program_of_rank[static_cast<size_t>(rank)]);
  return programs.programs[program].instructions;
}

void PackRank(const RankRecord& record, const ProgramSet& programs, ByteWriter& to) {
  to.Write(record.rank);
  to.Write(record.time);
  to.Write(record.open.finished);
  to.Write(record.open.source);
  to.Write(record.open.tag);
  std::vector<RequestPayload> calls;
  const Instruction* const first = InstructionsOf(record.rank, programs).data();
  for (const OpenCallOfRank& call : record.open.calls) {
    calls.push_back({static_cast<int32_t>(call.instruction - first), call.number});
  }
  to.WriteAll<RequestPayload>(calls);
}

absl::Status UnpackRank(ByteReader& from, const ProgramSet& programs, RankRecord& record) {
  TESSERA_RETURN_IF_ERROR(from.Read(record.rank));
  TESSERA_RETURN_IF_ERROR(from.Read(record.time));
  TESSERA_RETURN_IF_ERROR(from.Read(record.open.finished));
  TESSERA_RETURN_IF_ERROR(from.Read(record.open.source));
  TESSERA_RETURN_IF_ERROR(from.Read(record.open.tag));
  std::vector<RequestPayload> calls;
  TESSERA_RETURN_IF_ERROR(from.ReadAll(calls));
  if (record.rank < 0 || static_cast<size_t>(record.rank) >= programs.program_of_rank.size()) {
    return absl::DataLossError(absl::StrCat("there is no rank ", record.rank));
  }
  const auto instructions = InstructionsOf(record.rank, programs);
  for (const RequestPayload& call : calls) {
    if (static_cast<size_t>(call.instruction) >= instructions.size()) {
      return absl::DataLossError(absl::StrCat("there is no instruction ", call.instruction));
    }
    record.open.calls.push_back(
        {&instructions[static_cast<size_t>(call.instruction)], call.number});
  }
  return absl::OkStatus();
}

bool HasOpen(const OpenWait& open, const OpenCallOfRank& call) {
  return std::any_of(open.calls.begin(), open.calls.end(), [&](const OpenCallOfRank& other) {
    return other.instruction->axis == call.instruction->axis && other.number == call.number;
  });
}

// Where every rank stands when no event is left.
class Standstill {
 public:
  Standstill(std::vector<const RankRecord*> ranks, const RunPlan& plan)
      : ranks_(std::move(ranks)), plan_(plan) {}

  std::string Describe(Time now) const {
    std::vector<RankWait> waits;
    for (const RankRecord* record : ranks_) {
      if (!record->open.finished) waits.push_back(WaitOf(*record));
    }
    return DescribeDeadlock(waits, static_cast<int>(ranks_.size()), now);
  }

 private:
  RankWait WaitOf(const RankRecord& record) const {
    if (record.open.source >= 0) {
      return {.rank = record.rank,
              .what = absl::StrCat("a message from rank ", record.open.source, " (tag ",
                                   record.open.tag, ")"),
              .waits_for = {record.open.source}};
    }
    if (record.open.calls.empty()) {
      return {.rank = record.rank, .what = "the delivery of its message"};
    }
    const OpenCallOfRank& call = record.open.calls.front();
    RankWait wait{.rank = record.rank, .what = DescribeCall(*call.instruction, call.number)};
    const GroupId group = plan_.groups.Of(record.rank, call.instruction->axis);
    for (const int member : plan_.groups.group(group).members) {
      if (!HasOpen(ranks_[static_cast<size_t>(member)]->open, call)) {
        wait.waits_for.push_back(member);
      }
    }
    if (wait.waits_for.empty()) {
      absl::StrAppend(&wait.what, ", which is under way");
      return wait;
    }
    const size_t shown = std::min<size_t>(wait.waits_for.size(), 8);
    absl::StrAppend(&wait.what, ", which lacks rank ",
                    absl::StrJoin(absl::MakeSpan(wait.waits_for).first(shown), ", "),
                    shown < wait.waits_for.size() ? ", ..." : "");
    return wait;
  }

  std::vector<const RankRecord*> ranks_;  // By rank.
  const RunPlan& plan_;
};

std::vector<const RankRecord*> ByRank(const std::vector<PartitionRecord>& records,
                                      const RunPlan& plan) {
  std::vector<const RankRecord*> ranks(static_cast<size_t>(plan.ranks.ranks()));
  for (const PartitionRecord& record : records) {
    for (const RankRecord& rank : record.ranks) ranks[static_cast<size_t>(rank.rank)] = &rank;
  }
  return ranks;
}

absl::Status FaultOf(const std::vector<PartitionRecord>& records) {
  const auto earliest =
      std::min_element(records.begin(), records.end(),
                       [](const auto& a, const auto& b) { return a.fault_time < b.fault_time; });
  return earliest->fault;
}

void AddBytes(const std::vector<Bytes>& more, std::vector<Bytes>& sum) {
  sum.resize(std::max(sum.size(), more.size()));
  for (size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
}

}  // namespace

std::string Pack(const PartitionRecord& record, const ProgramSet& programs) {
  ByteWriter to;
  to.Write(static_cast<uint64_t>(record.ranks.size()));
  for (const RankRecord& rank : record.ranks) PackRank(rank, programs, to);
  to.Write(static_cast<uint64_t>(record.marks.size()));
  for (const auto& [label, time] : record.marks) {
    to.Write(label);
    to.Write(time);
  }
  to.WriteAll<Span>(record.spans);
  record.traffic.Pack(to);
  to.WriteAll<Bytes>(record.fabric_bytes);
  to.Write(record.load);
  to.Write(record.now);
  to.Write(record.interrupted);
  to.Write(static_cast<int>(record.fault.code()));
  to.WriteText(record.fault.message());
  to.Write(record.fault_time);
  to.WriteText(record.in_fabric);
  to.Write(record.rerouted);
  to.Write(record.stopped);
  return to.Take();
}

absl::StatusOr<PartitionRecord> UnpackPartitionRecord(absl::string_view bytes,
                                                      const ProgramSet& programs) {
  ByteReader from(bytes);
  PartitionRecord record;
  uint64_t count = 0;
  TESSERA_RETURN_IF_ERROR(from.Read(count));
  for (uint64_t i = 0; i < count; ++i) {
    TESSERA_RETURN_IF_ERROR(UnpackRank(from, programs, record.ranks.emplace_back()));
  }
  TESSERA_RETURN_IF_ERROR(from.Read(count));
  for (uint64_t i = 0; i < count; ++i) {
    auto& [label, time] = record.marks.emplace_back();
    TESSERA_RETURN_IF_ERROR(from.Read(label));
    TESSERA_RETURN_IF_ERROR(from.Read(time));
  }
  TESSERA_RETURN_IF_ERROR(from.ReadAll(record.spans));
  TESSERA_RETURN_IF_ERROR(record.traffic.Unpack(from));
  TESSERA_RETURN_IF_ERROR(from.ReadAll(record.fabric_bytes));
  TESSERA_RETURN_IF_ERROR(from.Read(record.load));
  TESSERA_RETURN_IF_ERROR(from.Read(record.now));
  TESSERA_RETURN_IF_ERROR(from.Read(record.interrupted));
  int code = 0;
  std::string message;
  TESSERA_RETURN_IF_ERROR(from.Read(code));
  TESSERA_RETURN_IF_ERROR(from.ReadText(message));
  record.fault = absl::Status(static_cast<absl::StatusCode>(code), message);
  TESSERA_RETURN_IF_ERROR(from.Read(record.fault_time));
  TESSERA_RETURN_IF_ERROR(from.ReadText(record.in_fabric));
  TESSERA_RETURN_IF_ERROR(from.Read(record.rerouted));
  TESSERA_RETURN_IF_ERROR(from.Read(record.stopped));
  return record;
}

absl::StatusOr<ExecutionRecord> Merge(std::vector<PartitionRecord> records, const RunPlan& plan) {
  TESSERA_RETURN_IF_ERROR(FaultOf(records));
  ExecutionRecord merged;
  Time now;
  std::string in_fabric;
  SpanRecorder spans;
  for (PartitionRecord& record : records) {
    merged.interrupted = merged.interrupted || record.interrupted;
    now = std::max(now, record.now);
    in_fabric += record.in_fabric;
    merged.marks.insert(merged.marks.end(), record.marks.begin(), record.marks.end());
    for (const Span& span : record.spans) spans.Add(span);
    merged.traffic.log().Add(record.traffic);
    AddBytes(record.fabric_bytes, merged.fabric_bytes);
    merged.events += record.load.events;
    merged.rerouted += record.rerouted;
    merged.stopped += record.stopped;
    merged.partitions.push_back(record.load);
  }
  bool all_ended = true;
  const std::vector<const RankRecord*> ranks = ByRank(records, plan);
  for (const RankRecord* rank : ranks) {
    all_ended = all_ended && rank->open.finished;
    merged.ranks.push_back(rank->time);
    merged.makespan = std::max(merged.makespan, rank->time.end.time_since_epoch());
  }
  if (!merged.interrupted && !all_ended) {
    return absl::InternalError(absl::StrCat(Standstill(ranks, plan).Describe(now),
                                            in_fabric.empty() ? "" : "\nin the fabric:\n",
                                            in_fabric));
  }
  merged.spans = spans.Take(Time(merged.makespan));
  merged.traffic.log().SortRuns();
  return merged;
}

}  // namespace tessera
