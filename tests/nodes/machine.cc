#include "tests/nodes/machine.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

// Every rank sends the named bytes to the next one.
class RingLibrary final : public CommunicationLibrary {
 public:
  absl::StatusOr<CollectivePlan> Plan(const CollectiveRequest& request) const override {
    auto schedule = std::make_shared<Schedule>();
    schedule->algorithm = "once_around";
    schedule->ranks = static_cast<int>(request.ranks.size());
    schedule->chunks = 1;
    const int senders = request.op == CollectiveOp::kSendRecv ? 1 : schedule->ranks;
    for (int r = 0; r < senders; ++r) {
      schedule->transfers.push_back(
          {.source = r, .target = (r + 1) % schedule->ranks, .bytes = request.bytes});
    }
    CollectivePlan plan;
    plan.algorithm = schedule->algorithm;
    plan.endpoints.assign(request.ranks.begin(), request.ranks.end());
    plan.schedule = std::move(schedule);
    return plan;
  }
};

class ByteClockFabric final : public Fabric {
 public:
  ByteClockFabric(Engine& engine, const Topology& topology, const MachineOptions& options)
      : engine_(engine), options_(options), use_(topology.links().size()) {}

  void Start(const Request& request) override {
    if (options_.on_exchange) options_.on_exchange();
    const int64_t bytes = request.schedule->transfers.front().bytes.count();
    Time end =
        engine_.now() + std::chrono::nanoseconds(bytes * options_.nanoseconds_per_kilobyte / 1000);
    for (const ComponentId component : request.rank_components) {
      engine_.Send(component, end, component, request.done_kind, request.done_payload);
      end += options_.stagger;
    }
  }
  absl::Span<const LinkUse> link_use() override { return use_; }
  std::string DescribeUnfinished() const override { return ""; }
  const Counters& counters() const override { return counters_; }

 private:
  Engine& engine_;
  const MachineOptions& options_;
  std::vector<LinkUse> use_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Topology> FullMesh(int chips) {
  TopologyBuilder builder;
  for (int i = 0; i < chips; ++i) builder.AddVertex({.node = 0, .name = absl::StrCat("chip", i)});
  for (int i = 0; i < chips; ++i) {
    for (int j = 0; j < chips; ++j) {
      if (i != j) {
        builder.AddLink({.source = i,
                         .target = j,
                         .bandwidth = Bandwidth::GigabytesPerSecond(1),
                         .latency = Duration(1)});
      }
    }
  }
  auto topology = std::move(builder).Build({.chips_per_node = chips});
  TESSERA_CHECK(topology.ok());
  return *std::move(topology);
}

ProgramSet ProgramOfEachRank(std::vector<std::vector<Instruction>> programs) {
  ProgramSet set;
  set.labels = {"first", "second"};
  for (std::vector<Instruction>& instructions : programs) {
    set.program_of_rank.push_back(static_cast<int32_t>(set.programs.size()));
    set.programs.push_back({std::move(instructions)});
  }
  return set;
}

absl::StatusOr<ExecutionRecord> RunOnTestMachine(const ProgramSet& programs,
                                                 const MachineOptions& options) {
  const auto ranks = static_cast<int>(programs.program_of_rank.size());
  const std::unique_ptr<Topology> topology = FullMesh(ranks);
  const RankMap map(options.plan, ranks);
  const RingLibrary library;
  const ExchangeKernelSpec no_kernels;
  return Execute({.programs = programs,
                  .ranks = map,
                  .topology = *topology,
                  .library = library,
                  .defaults = {},
                  .exchange = no_kernels,
                  .options = options.run,
                  .make_fabric = [&](Engine& engine, Duration) {
                    return std::make_unique<ByteClockFabric>(engine, *topology, options);
                  }});
}

}  // namespace tessera
