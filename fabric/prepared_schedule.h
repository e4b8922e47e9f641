// What running a schedule needs beyond the schedule itself: successors, and the distinct pairs of
// endpoints between which it moves bytes. Worked out once per schedule.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "fabric/schedule.h"

namespace tessera {

class PreparedSchedule {
 public:
  // Linear in transfers and predecessors. `schedule` outlives this object.
  explicit PreparedSchedule(const Schedule& schedule);

  struct Pair {
    int32_t source = 0;
    int32_t target = 0;
  };

  const Schedule& schedule() const { return schedule_; }
  int32_t transfers() const { return static_cast<int32_t>(schedule_.transfers.size()); }
  absl::Span<const int32_t> SuccessorsOf(int32_t transfer) const {
    const auto t = static_cast<size_t>(transfer);
    return absl::MakeConstSpan(successors_)
        .subspan(static_cast<size_t>(first_successor_[t]),
                 static_cast<size_t>(first_successor_[t + 1] - first_successor_[t]));
  }
  // In the order in which the transfers first use them.
  absl::Span<const Pair> pairs() const { return pairs_; }
  int32_t pair_of(int32_t transfer) const { return pair_of_[static_cast<size_t>(transfer)]; }
  // Transfers without predecessors.
  absl::Span<const int32_t> roots() const { return roots_; }
  // Transfers into or out of each rank.
  absl::Span<const int32_t> transfers_of_rank() const { return transfers_of_rank_; }

 private:
  void LinkSuccessors();
  void FindPairs();

  const Schedule& schedule_;
  std::vector<int32_t> first_successor_;
  std::vector<int32_t> successors_;
  std::vector<Pair> pairs_;
  std::vector<int32_t> pair_of_;
  std::vector<int32_t> roots_;
  std::vector<int32_t> transfers_of_rank_;
};

}  // namespace tessera
