#include "collectives/schedule_builder.h"

#include <algorithm>
#include <utility>

#include "collectives/algorithm.h"
#include "core/check.h"

namespace tessera {

std::vector<Bytes> EvenChunks(Bytes total, int chunks, int element_bytes) {
  TESSERA_CHECK(chunks >= 1 && element_bytes >= 1 && total.count() >= 0);
  const int64_t elements = total.count() / element_bytes;
  std::vector<Bytes> sizes;
  sizes.reserve(static_cast<size_t>(chunks));
  for (int c = 0; c < chunks; ++c) {
    const int64_t mine = elements / chunks + (c < elements % chunks ? 1 : 0);
    sizes.emplace_back(mine * element_bytes);
  }
  sizes.back() += Bytes(total.count() % element_bytes);
  return sizes;
}

std::vector<Bytes> ExchangeChunks(const AlgorithmInput& input) {
  if (input.op == CollectiveOp::kAllToAllV) return input.matrix;
  const std::vector<Bytes> row = EvenChunks(input.bytes, input.ranks, input.element_bytes);
  std::vector<Bytes> sizes;
  for (int r = 0; r < input.ranks; ++r) sizes.insert(sizes.end(), row.begin(), row.end());
  return sizes;
}

ScheduleBuilder::ScheduleBuilder(std::string algorithm, int ranks,
                                 absl::Span<const Bytes> chunk_sizes, int switches) {
  TESSERA_CHECK(ranks >= 1 && !chunk_sizes.empty() && switches >= 0);
  schedule_.algorithm = std::move(algorithm);
  schedule_.ranks = ranks;
  schedule_.switches = switches;
  schedule_.chunks = static_cast<int>(chunk_sizes.size());
  offsets_.reserve(chunk_sizes.size() + 1);
  offsets_.push_back(0);
  for (const Bytes size : chunk_sizes) offsets_.push_back(offsets_.back() + size.count());
  last_.resize(static_cast<size_t>(ranks + switches));
  current_.resize(static_cast<size_t>(ranks + switches));
}

Bytes ScheduleBuilder::SizeOf(int chunk, int count) const {
  const auto first = static_cast<size_t>(chunk);
  const size_t end = first + static_cast<size_t>(count);
  const auto chunks = static_cast<size_t>(schedule_.chunks);
  TESSERA_CHECK(chunk >= 0 && first < chunks && count >= 0 && count <= schedule_.chunks);
  if (end <= chunks) return Bytes(offsets_[end] - offsets_[first]);
  return Bytes(offsets_[chunks] - offsets_[first] + offsets_[end - chunks]);
}

int ScheduleBuilder::Append(const Move& move) {
  const int endpoints = schedule_.ranks + schedule_.switches;
  TESSERA_CHECK(move.source >= 0 && move.source < endpoints);
  TESSERA_CHECK(move.target >= 0 && move.target < endpoints && move.target != move.source);
  schedule_.transfers.push_back(
      {.source = move.source,
       .target = move.target,
       .chunk = move.chunk,
       .chunk_count = move.count,
       .bytes = SizeOf(move.chunk, move.count),
       .reduce = move.reduce,
       .first_predecessor = static_cast<int32_t>(schedule_.predecessors.size()),
       .predecessor_count = 0});
  return static_cast<int>(schedule_.transfers.size()) - 1;
}

int ScheduleBuilder::Add(const Move& move) {
  const int index = Append(move);
  const auto wait_for = [&](int endpoint) {
    for (const int earlier : last_[static_cast<size_t>(endpoint)]) {
      schedule_.predecessors.push_back(earlier);
      ++schedule_.transfers.back().predecessor_count;
    }
  };
  wait_for(move.source);
  if (move.after_target) wait_for(move.target);
  for (const int endpoint : {move.source, move.target}) {
    std::vector<int>& mine = current_[static_cast<size_t>(endpoint)];
    if (mine.empty()) touched_.push_back(endpoint);
    mine.push_back(index);
  }
  return index;
}

void ScheduleBuilder::EndStep() {
  for (const int endpoint : touched_) {
    std::vector<int>& last = last_[static_cast<size_t>(endpoint)];
    std::vector<int>& current = current_[static_cast<size_t>(endpoint)];
    const bool sent = std::any_of(current.begin(), current.end(), [&](int t) {
      return schedule_.transfers[static_cast<size_t>(t)].source == endpoint;
    });
    if (sent) last.clear();
    last.insert(last.end(), current.begin(), current.end());
    current.clear();
  }
  touched_.clear();
}

int ScheduleBuilder::AddAfter(const Move& move, absl::Span<const int> predecessors) {
  const int index = Append(move);
  for (const int earlier : predecessors) {
    if (earlier < 0) continue;
    TESSERA_CHECK(earlier < index);
    schedule_.predecessors.push_back(earlier);
    ++schedule_.transfers.back().predecessor_count;
  }
  return index;
}

void ScheduleBuilder::ForgetSteps() {
  TESSERA_CHECK(touched_.empty());
  for (std::vector<int>& transfers : last_) transfers.clear();
}

Schedule ScheduleBuilder::Build() && {
  TESSERA_CHECK(touched_.empty());
  return std::move(schedule_);
}

}  // namespace tessera
