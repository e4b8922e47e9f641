#include "fabric/symmetric_schedule.h"

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/integer.h"

namespace tessera {
namespace {

using Peer = SymmetricStep::Peer;

int Modulo(int n, int divisor) { return (n % divisor + divisor) % divisor; }

bool Sends(const SymmetricStep& step, int node) {
  const int phase = node % step.period;
  return phase >= step.first && phase < step.last;
}

// The chip at the distance from `chip`, forwards or backwards.
int PeerOf(const SymmetricSchedule& schedule, const SymmetricStep& step, int chip, int sign) {
  const int node = chip / schedule.chips_per_node;
  const int place = chip % schedule.chips_per_node;
  switch (step.peer) {
    case Peer::kPlaceShift:
      return node * schedule.chips_per_node +
             Modulo(place + sign * step.distance, schedule.chips_per_node);
    case Peer::kNodeShift:
      return Modulo(node + sign * step.distance, schedule.nodes) * schedule.chips_per_node + place;
    case Peer::kNodeXor:
      return (node ^ step.distance) * schedule.chips_per_node + place;
  }
  return -1;
}

// Why the step does not fit; empty if it does.
std::string Misfit(const SymmetricSchedule& schedule, const SymmetricStep& step, size_t number) {
  const int whole = step.peer == Peer::kPlaceShift ? schedule.chips_per_node : schedule.nodes;
  if (step.distance % whole == 0) {
    return absl::StrCat("distance ", step.distance, " leads a chip to itself among ", whole);
  }
  if (step.peer == Peer::kNodeXor &&
      (!IsPowerOfTwo(schedule.nodes) || step.distance < 1 || step.distance >= schedule.nodes)) {
    return absl::StrCat("xor ", step.distance, " of ", schedule.nodes,
                        " nodes; accepted: a power of two nodes, a distance below it");
  }
  if (step.period < 1 || schedule.nodes % step.period != 0 || step.first < 0 ||
      step.first >= step.last || step.last > step.period) {
    return absl::StrCat("nodes ", step.first, " to ", step.last, " of every ", step.period, " of ",
                        schedule.nodes,
                        "; accepted: a period that divides the nodes and a range within it");
  }
  for (const int32_t before : step.after) {
    if (before < 0 || static_cast<size_t>(before) >= number) {
      return absl::StrCat("waits for step ", before, "; accepted: an earlier one");
    }
  }
  return "";
}

}  // namespace

absl::Status CheckSymmetric(const SymmetricSchedule& schedule) {
  for (size_t s = 0; s < schedule.steps.size(); ++s) {
    const std::string misfit = Misfit(schedule, schedule.steps[s], s);
    if (!misfit.empty()) return absl::InvalidArgumentError(absl::StrCat("step ", s, ": ", misfit));
  }
  return absl::OkStatus();
}

int TargetOf(const SymmetricSchedule& schedule, const SymmetricStep& step, int chip) {
  if (!Sends(step, chip / schedule.chips_per_node)) return -1;
  return PeerOf(schedule, step, chip, +1);
}

int SourceOf(const SymmetricSchedule& schedule, const SymmetricStep& step, int chip) {
  const int source = PeerOf(schedule, step, chip, -1);
  return Sends(step, source / schedule.chips_per_node) ? source : -1;
}

Schedule Unfold(const SymmetricSchedule& schedule) {
  Schedule unfolded;
  unfolded.algorithm = "symmetric";
  unfolded.ranks = schedule.chips();
  std::vector<std::vector<int32_t>> sent;  // [step][chip]: its transfer, or -1.
  for (const SymmetricStep& step : schedule.steps) {
    std::vector<int32_t>& sent_now = sent.emplace_back();
    for (int chip = 0; chip < schedule.chips(); ++chip) {
      const int target = TargetOf(schedule, step, chip);
      sent_now.push_back(target < 0 ? -1 : static_cast<int32_t>(unfolded.transfers.size()));
      if (target < 0) continue;
      Transfer transfer;
      transfer.source = chip;
      transfer.target = target;
      transfer.bytes = step.bytes;
      transfer.first_predecessor = static_cast<int32_t>(unfolded.predecessors.size());
      for (const int32_t before : step.after) {
        const auto b = static_cast<size_t>(before);
        const int from = SourceOf(schedule, schedule.steps[b], chip);
        for (const int c : {chip, from}) {
          const int32_t predecessor = c < 0 ? -1 : sent[b][static_cast<size_t>(c)];
          if (predecessor >= 0) unfolded.predecessors.push_back(predecessor);
        }
      }
      transfer.predecessor_count =
          static_cast<int32_t>(unfolded.predecessors.size()) - transfer.first_predecessor;
      unfolded.transfers.push_back(transfer);
    }
  }
  return unfolded;
}

}  // namespace tessera
