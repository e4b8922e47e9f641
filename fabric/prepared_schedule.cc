#include "fabric/prepared_schedule.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "core/check.h"

namespace tessera {

PreparedSchedule::PreparedSchedule(const Schedule& schedule) : schedule_(schedule) {
  LinkSuccessors();
  FindPairs();
}

void PreparedSchedule::LinkSuccessors() {
  const std::vector<Transfer>& transfers = schedule_.transfers;
  first_successor_.assign(transfers.size() + 1, 0);
  for (size_t t = 0; t < transfers.size(); ++t) {
    if (transfers[t].predecessor_count == 0) roots_.push_back(static_cast<int32_t>(t));
    for (const int32_t before : schedule_.PredecessorsOf(transfers[t])) {
      TESSERA_CHECK(before >= 0 && static_cast<size_t>(before) < t);
      ++first_successor_[static_cast<size_t>(before) + 1];
    }
  }
  for (size_t t = 0; t < transfers.size(); ++t) first_successor_[t + 1] += first_successor_[t];
  successors_.resize(static_cast<size_t>(first_successor_.back()));
  std::vector<int32_t> next = first_successor_;
  for (size_t t = 0; t < transfers.size(); ++t) {
    for (const int32_t before : schedule_.PredecessorsOf(transfers[t])) {
      const int32_t place = next[static_cast<size_t>(before)]++;
      successors_[static_cast<size_t>(place)] = static_cast<int32_t>(t);
    }
  }
}

void PreparedSchedule::FindPairs() {
  const int32_t endpoints = schedule_.ranks + schedule_.switches;
  transfers_of_rank_.assign(static_cast<size_t>(schedule_.ranks), 0);
  const size_t all_pairs = static_cast<size_t>(endpoints) * static_cast<size_t>(endpoints);
  absl::flat_hash_map<uint64_t, int32_t> known;
  known.reserve(std::min(schedule_.transfers.size(), all_pairs));
  pair_of_.reserve(schedule_.transfers.size());
  for (const Transfer& t : schedule_.transfers) {
    TESSERA_CHECK(t.source >= 0 && t.source < endpoints && t.target >= 0 && t.target < endpoints);
    const uint64_t key =
        uint64_t{static_cast<uint32_t>(t.source)} << 32 | static_cast<uint32_t>(t.target);
    const auto [place, is_new] = known.try_emplace(key, static_cast<int32_t>(pairs_.size()));
    if (is_new) pairs_.push_back({.source = t.source, .target = t.target});
    pair_of_.push_back(place->second);
    for (const int32_t end : {t.source, t.target}) {
      if (end < schedule_.ranks) ++transfers_of_rank_[static_cast<size_t>(end)];
      if (t.source == t.target) break;
    }
  }
}

}  // namespace tessera
