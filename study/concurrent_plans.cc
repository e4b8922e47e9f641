#include "study/concurrent_plans.h"

#include "core/engine.h"
#include "fabric/fabric.h"

namespace tessera {
namespace {

// Keeps the last time that any rank of each plan was done.
class Finish : public Component {
 public:
  explicit Finish(size_t plans) : ends(plans) {}
  void OnEvent(const Event& event, Engine& engine) override {
    ends[event.payload] = engine.now() - Time{};
  }
  std::vector<Duration> ends;
};

}  // namespace

std::vector<Duration> ConcurrentTimes(const Topology& topology,
                                      absl::Span<const CollectivePlan> plans) {
  Engine engine;
  Finish finish(plans.size());
  const ComponentId component = engine.Add(finish);
  const auto fabric = MakeFluidFabric(engine, topology);
  for (size_t i = 0; i < plans.size(); ++i) {
    const std::vector<ComponentId> components(static_cast<size_t>(plans[i].schedule->ranks),
                                              component);
    Fabric::Request request{};
    request.schedule = plans[i].schedule.get();
    request.endpoints = plans[i].endpoints;
    request.costs = plans[i].costs;
    request.rank_components = components;
    request.done_payload = i;
    fabric->Start(request);
  }
  engine.Run();
  return finish.ends;
}

}  // namespace tessera
