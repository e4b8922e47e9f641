#include "collectives/schedule_levels.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace tessera {
namespace {

// Transfers by level.
std::vector<std::vector<int32_t>> ByLevel(const Schedule& schedule) {
  std::vector<std::vector<int32_t>> levels;
  std::vector<int32_t> level_of;
  level_of.reserve(schedule.transfers.size());
  for (const Transfer& t : schedule.transfers) {
    int32_t level = 0;
    for (const int32_t p : schedule.PredecessorsOf(t)) {
      level = std::max(level, level_of[static_cast<size_t>(p)] + 1);
    }
    if (levels.size() <= static_cast<size_t>(level)) levels.emplace_back();
    levels[static_cast<size_t>(level)].push_back(static_cast<int32_t>(level_of.size()));
    level_of.push_back(level);
  }
  return levels;
}

// Sums by key of one level, and the largest sum.
class Loads {
 public:
  double Add(int64_t key, int64_t bytes) {
    int64_t& sum = sums_[key];
    sum += bytes;
    largest_ = std::max(largest_, sum);
    return static_cast<double>(sum);
  }
  double largest() const { return static_cast<double>(largest_); }

 private:
  absl::flat_hash_map<int64_t, int64_t> sums_;
  int64_t largest_ = 0;
};

class LevelReader {
 public:
  LevelReader(const Schedule& schedule, const AlgorithmInput& input,
              absl::Span<const VertexId> endpoints, const Topology& topology)
      : schedule_(schedule), input_(input), endpoints_(endpoints), topology_(topology) {}

  ScheduleLevel Read(absl::Span<const int32_t> transfers) const {
    ScheduleLevel level;
    Loads chips;
    Loads nics;
    Loads links;
    for (const int32_t index : transfers) {
      const Transfer& t = schedule_.transfers[static_cast<size_t>(index)];
      const bool inside = NodeOf(t.source) == NodeOf(t.target);
      (inside ? level.inside : level.between) = true;
      level.largest = std::max(level.largest, static_cast<double>(t.bytes.count()));
      AddPorts(t, inside, inside ? chips : nics);
      if (inside) AddLinks(t, links, level);
    }
    level.chip_bytes = chips.largest();
    level.network_bytes = nics.largest();
    return level;
  }

 private:
  int NodeOf(int endpoint) const {
    return endpoint < input_.ranks ? endpoint / input_.per_node() : endpoint - input_.ranks;
  }

  void AddPorts(const Transfer& t, bool inside, Loads& loads) const {
    for (const int direction : {0, 1}) {
      const int endpoint = direction == 0 ? t.source : t.target;
      if (endpoint >= input_.ranks) continue;  // A switch has no port of its own.
      const int per_node = input_.per_node();
      const int nic =
          endpoint / per_node * input_.rails + endpoint % per_node * input_.rails / per_node;
      loads.Add(2 * int64_t{inside ? endpoint : nic} + direction, t.bytes.count());
    }
  }

  void AddLinks(const Transfer& t, Loads& links, ScheduleLevel& level) const {
    for (const LinkId id : topology_.Route(endpoints_[static_cast<size_t>(t.source)],
                                           endpoints_[static_cast<size_t>(t.target)])) {
      const Link& link = topology_.links()[static_cast<size_t>(id)];
      const double seconds =
          links.Add(id, t.bytes.count()) / static_cast<double>(link.bandwidth.bytes_per_second());
      level.link_seconds = std::max(level.link_seconds, seconds);
    }
  }

  const Schedule& schedule_;
  const AlgorithmInput& input_;
  absl::Span<const VertexId> endpoints_;
  const Topology& topology_;
};

}  // namespace

std::vector<ScheduleLevel> LevelsOf(const Schedule& schedule, const AlgorithmInput& input,
                                    absl::Span<const VertexId> endpoints,
                                    const Topology& topology) {
  const LevelReader reader(schedule, input, endpoints, topology);
  std::vector<ScheduleLevel> levels;
  for (const std::vector<int32_t>& transfers : ByLevel(schedule)) {
    levels.push_back(reader.Read(transfers));
  }
  return levels;
}

}  // namespace tessera
