#include "core/engine.h"

#include <algorithm>

#include "core/check.h"
#include "core/running_clock.h"

namespace tessera {
namespace {

constexpr int kSequenceBits = 40;

// Heap order: the earliest event is the heap's front.
bool Later(const Event& a, const Event& b) {
  return a.time != b.time ? a.time > b.time : a.order > b.order;
}

}  // namespace

Engine::Engine() : Engine(Options{}) {}

Engine::Engine(Options options) { TESSERA_CHECK(options.bucket_width > Duration::zero()); }

Engine::~Engine() = default;

ComponentId Engine::Add(Component& component) {
  const auto id = static_cast<ComponentId>(components_.size());
  TESSERA_CHECK(id < (1U << 24));
  components_.push_back(&component);
  next_order_.push_back(uint64_t{id} << kSequenceBits);
  return id;
}

void Engine::Send(ComponentId source, Time at, ComponentId target, uint32_t kind,
                  uint64_t payload) {
  TESSERA_CHECK(at >= now_);
  TESSERA_CHECK(source < components_.size());
  TESSERA_CHECK(target < components_.size());
  pending_.push_back({at, next_order_[source]++, target, kind, payload});
  std::push_heap(pending_.begin(), pending_.end(), Later);
}

void Engine::Run(Time end) {
  const RunningClock clock(now_);
  while (!pending_.empty() && pending_.front().time <= end && !stop_requested()) {
    std::pop_heap(pending_.begin(), pending_.end(), Later);
    const Event event = pending_.back();
    pending_.pop_back();
    now_ = event.time;
    ++events_delivered_;
    components_[event.target]->OnEvent(event, *this);
  }
}

}  // namespace tessera
