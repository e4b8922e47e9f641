// The discrete-event engine. Components exchange plain event records; an engine delivers them in
// one total order, (time, source, sequence), all three made by the sender, so that the order never
// depends on how components are spread over processes.
//
// The life of an event: a handler calls Send, which stamps it with the source's next sequence
// number and puts it into the queue (core/event_queue.h); when it is the earliest left, Run sets
// the clock and calls OnEvent of its target, once. No allocation per event, one virtual call.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/check.h"
#include "core/event.h"
#include "core/event_queue.h"
#include "core/units.h"

namespace tessera {

class Engine;

// A logical process: a chip, a NIC or switch, a fabric domain, a front end.
class Component {
 public:
  virtual ~Component() = default;
  virtual void OnEvent(const Event& event, Engine& engine) = 0;
};

class Engine final {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Components outlive the engine's last Run. Ids are given in the order of calls, from 0.
  ComponentId Add(Component& component);
  // The next `count` ids belong to components that another engine runs (core/parallel_run.h).
  void AddRemote(ComponentId count);

  // Delivers (kind, payload) to `target` at `at` >= now(). Events that one source sends for one
  // time arrive in the order of the calls. At most 2^40 events a source.
  void Send(ComponentId source, Time at, ComponentId target, uint32_t kind, uint64_t payload) {
    TESSERA_CHECK(at >= now_);
    TESSERA_CHECK(source < members_.size());
    TESSERA_CHECK(target < members_.size());
    uint64_t& next_order = members_[source].next_order;
    TESSERA_CHECK(next_order >> kSequenceBits == source);
    const Event event{at, next_order++, target, kind, payload};
    if (has_remote_ && members_[target].component == nullptr) {
      outbox_.push_back(event);
    } else {
      queue_.Push(event);
    }
  }

  // The time of the event in hand, or of the last one delivered.
  Time now() const { return now_; }
  // Runs until no event is left, `end` would be passed, or a stop was requested. Events at `end`
  // itself are delivered.
  void Run(Time end = Time::max());
  // Makes Run return after the event in hand, and at once when called again; safe to call from a
  // signal handler or another thread.
  void RequestStop() { stop_requested_.store(true, std::memory_order_relaxed); }
  bool stop_requested() const { return stop_requested_.load(std::memory_order_relaxed); }
  int64_t events_delivered() const { return events_delivered_; }
  bool empty() const { return queue_.empty(); }
  ComponentId components() const { return static_cast<ComponentId>(members_.size()); }

  // What was sent to remote components, in the order of the calls; the caller takes it out.
  std::vector<Event>& outbox() { return outbox_; }
  // Takes an event that another engine's component has sent here. Precondition: it is not earlier
  // than now(), and its target is not remote.
  void Receive(const Event& event) {
    TESSERA_CHECK(event.time >= now_);
    TESSERA_CHECK(event.target < members_.size() && members_[event.target].component != nullptr);
    queue_.Push(event);
  }
  // Of the earliest event that waits for delivery; Time::max() if there is none.
  Time next_event_time() { return queue_.NextTime(); }

 private:
  struct Member {
    Component* component;  // Null: remote.
    uint64_t next_order;   // Its id, then its next sequence number.
  };

  Time now_;
  int64_t events_delivered_ = 0;
  std::vector<Member> members_;  // By ComponentId.
  EventQueue queue_;
  bool has_remote_ = false;
  std::vector<Event> outbox_;
  std::atomic<bool> stop_requested_ = false;
  static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace tessera
