// The discrete-event engine. Components exchange plain event records; an engine delivers them in
// one total order, (time, source, sequence), all three made by the sender, so that the order never
// depends on how components are spread over processes.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/units.h"

namespace tessera {

using ComponentId = uint32_t;  // Below 2^24.

// 32 bytes, trivially copyable: an event can go to another process or into a checkpoint.
struct Event {
  Time time;           // Delivery.
  uint64_t order = 0;  // Source in the upper 24 bits, the source's sequence number in the lower 40.
  ComponentId target = 0;
  uint32_t kind = 0;     // Meaning is private to the target's component type.
  uint64_t payload = 0;  // Likewise.
};

class Engine;

// A logical process: a chip, a NIC or switch, a fabric domain, a front end.
class Component {
 public:
  virtual ~Component() = default;
  virtual void OnEvent(const Event& event, Engine& engine) = 0;
};

class Engine final {
 public:
  struct Options {
    // Typical spacing of events that sets the queue's bucket width; any value gives the same
    // results.
    Duration bucket_width = Duration(25'000);
  };
  Engine();
  explicit Engine(Options options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Components outlive the engine. Ids are given in the order of calls, from 0.
  ComponentId Add(Component& component);

  // Delivers (kind, payload) to `target` at `at` >= now().
  void Send(ComponentId source, Time at, ComponentId target, uint32_t kind, uint64_t payload);

  // The time of the event in hand, or of the last one delivered.
  Time now() const { return now_; }
  // Runs until no event is left, `end` would be passed, or a stop was requested.
  void Run(Time end = Time::max());
  // Makes Run return after the event in hand; safe to call from a signal handler.
  void RequestStop() { stop_requested_.store(true, std::memory_order_relaxed); }
  bool stop_requested() const { return stop_requested_.load(std::memory_order_relaxed); }
  int64_t events_delivered() const { return events_delivered_; }
  bool empty() const { return pending_.empty(); }

 private:
  Time now_;
  int64_t events_delivered_ = 0;
  std::vector<Component*> components_;
  std::vector<uint64_t> next_order_;  // Of each component: its id and its next sequence number.
  std::vector<Event> pending_;        // A heap.
  std::atomic<bool> stop_requested_ = false;
  static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace tessera
