#include "core/engine.h"

#include "core/running_clock.h"

namespace tessera {

ComponentId Engine::Add(Component& component) {
  const auto id = static_cast<ComponentId>(members_.size());
  TESSERA_CHECK(id < (1U << (64 - kSequenceBits)));
  members_.push_back({&component, uint64_t{id} << kSequenceBits});
  return id;
}

void Engine::AddRemote(ComponentId count) {
  TESSERA_CHECK(members_.size() + count <= (1U << (64 - kSequenceBits)));
  has_remote_ = has_remote_ || count > 0;
  for (ComponentId i = 0; i < count; ++i) {
    members_.push_back({nullptr, uint64_t{members_.size()} << kSequenceBits});
  }
}

void Engine::Run(Time end) {
  // Components lie scattered over memory; asking for what the coming events need hides the wait.
  // Not in a function of its own: compilers drop calls whose only effect is a prefetch.
  constexpr ptrdiff_t kFetchAhead = 4;
  const RunningClock clock(now_);
  Event event;
  while (!stop_requested() && queue_.Pop(end, event)) {
    if (const Event* coming = queue_.Upcoming(2 * kFetchAhead); coming != nullptr) {
      __builtin_prefetch(&members_[coming->target]);
    }
    if (const Event* coming = queue_.Upcoming(kFetchAhead); coming != nullptr) {
      __builtin_prefetch(members_[coming->target].component);
    }
    now_ = event.time;
    ++events_delivered_;
    members_[event.target].component->OnEvent(event, *this);
  }
}

}  // namespace tessera
