// Schedules and observers for tests of the fabric.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/engine.h"
#include "core/random.h"
#include "fabric/fabric.h"
#include "topology/topology_builder.h"

namespace tessera {

struct TestTransfer {
  int source = 0;
  int target = 0;
  int64_t bytes = 0;
  std::vector<int32_t> after = {};
};

inline Schedule MakeSchedule(int ranks, const std::vector<TestTransfer>& transfers,
                             int switches = 0) {
  Schedule schedule;
  schedule.algorithm = "test";
  schedule.ranks = ranks;
  schedule.switches = switches;
  for (const TestTransfer& t : transfers) {
    Transfer transfer;
    transfer.source = t.source;
    transfer.target = t.target;
    transfer.bytes = Bytes(t.bytes);
    transfer.first_predecessor = static_cast<int32_t>(schedule.predecessors.size());
    transfer.predecessor_count = static_cast<int32_t>(t.after.size());
    schedule.predecessors.insert(schedule.predecessors.end(), t.after.begin(), t.after.end());
    schedule.transfers.push_back(transfer);
  }
  return schedule;
}

// 2(n-1) steps in which every rank sends `chunk` bytes to its successor, having received the last.
inline Schedule RingSchedule(int ranks, int64_t chunk, int steps) {
  std::vector<TestTransfer> transfers;
  for (int step = 0; step < steps; ++step) {
    for (int r = 0; r < ranks; ++r) {
      TestTransfer t{.source = r, .target = (r + 1) % ranks, .bytes = chunk};
      if (step > 0) t.after = {(step - 1) * ranks + (r + ranks - 1) % ranks};
      transfers.push_back(t);
    }
  }
  return MakeSchedule(ranks, transfers);
}

// Notes when events reach it.
class Listener : public Component {
 public:
  void OnEvent(const Event& event, Engine& /*engine*/) override {
    heard.emplace_back(event.time, event.payload);
  }
  std::vector<std::pair<Time, uint64_t>> heard;
};

// Does something when an event reaches it: starts a schedule, say.
class Starter : public Component {
 public:
  explicit Starter(std::function<void()> action) : action_(std::move(action)) {}
  void OnEvent(const Event& /*event*/, Engine& /*engine*/) override { action_(); }

 private:
  std::function<void()> action_;
};

// `hosts` chips on one switch.
inline std::unique_ptr<Topology> Star(int hosts, Bandwidth bandwidth, Duration latency) {
  TopologyBuilder builder;
  for (int h = 0; h < hosts; ++h) builder.AddVertex({.name = "host" + std::to_string(h)});
  const VertexId hub = builder.AddVertex({.kind = VertexKind::kSwitch, .node = -1, .name = "hub"});
  for (int h = 0; h < hosts; ++h) {
    builder.AddCable({.source = h, .target = hub, .bandwidth = bandwidth, .latency = latency});
  }
  return *std::move(builder).Build({.chips_per_node = hosts});
}

}  // namespace tessera
