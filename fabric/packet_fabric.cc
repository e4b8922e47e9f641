#include "fabric/packet_fabric.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/packet/striped_messages.h"
#include "fabric/schedule_cache.h"

namespace tessera {
namespace {

constexpr Duration kLocalCopy = Duration(1);

class PacketFabric final : public Fabric, public Component {
 public:
  PacketFabric(Engine& engine, const Topology& topology, const FluidOptions& options)
      : engine_(engine),
        topology_(topology),
        fluid_(MakeFluidFabric(engine, topology, options)),
        self_(engine.Add(*this)) {}

  absl::Status AddNetworks(const PacketTiers& tiers) {
    const auto add = [this](const auto& params, std::optional<StripedMessages>& network) {
      if (!params.has_value()) return absl::OkStatus();
      TESSERA_ASSIGN_OR_RETURN(network, StripedMessages::Make(engine_, topology_, *params));
      return absl::OkStatus();
    };
    TESSERA_RETURN_IF_ERROR(add(tiers.scale_up, scale_up_));
    return add(tiers.scale_out, scale_out_);
  }

  void Start(const Request& request) override;
  absl::Span<const LinkUse> link_use() override;
  std::string DescribeUnfinished() const override;
  const Counters& counters() const override { return fluid_->counters(); }
  void OnEvent(const Event& event, Engine& engine) override;

 private:
  // What an event to this component says of a transfer, or of a run as a whole.
  enum class Step : uint32_t {
    kBegin,  // Of a run: its first transfers are ready.
    kPart,   // The fluid fabric tells the source and the target of a transfer; a stripe is there.
    kOver,   // All of a transfer has arrived.
  };
  struct TransferState {
    int32_t pending = 0;  // Predecessors that are not over.
    int32_t parts = 0;    // Of which we have not been told.
    Time not_before{};    // By its rate cap.
  };
  struct Run {
    const PreparedSchedule* schedule = nullptr;
    std::vector<VertexId> endpoints;
    TransferCosts costs;
    std::vector<ComponentId> rank_components;
    uint32_t done_kind = 0;
    uint64_t done_payload = 0;
    std::vector<TransferState> transfers;
    std::vector<int32_t> left;  // Transfers of each rank.
    int32_t unfinished = 0;     // 0: a free slot.
  };
  // A transfer of a run in progress.
  struct Item {
    int32_t run = 0;
    int32_t transfer = 0;

    uint64_t Pack() const { return uint64_t{static_cast<uint32_t>(run)} << 32 | Low(); }
    uint64_t Low() const { return static_cast<uint32_t>(transfer); }
  };

  std::optional<StripedMessages>& NetworkOf(VertexId source, VertexId target);
  bool HasPackets(const Request& request, const PreparedSchedule& schedule);
  int32_t NewRun(const Request& request, const PreparedSchedule& schedule);
  void BeginRun(int32_t slot);
  void Begin(Item item);
  void BeginFluid(Item item, const Transfer& transfer);
  void BeginPackets(Item item, const Transfer& transfer, StripedMessages& network);
  void OnOver(Item item);
  void CountRank(Run& run, int32_t rank);
  void AddUse(const std::vector<PacketLinkUse>& packets);
  TransferState& StateOf(Item item) {
    return runs_[static_cast<size_t>(item.run)].transfers[static_cast<size_t>(item.transfer)];
  }
  VertexId VertexOf(const Run& run, int32_t endpoint) const {
    return run.endpoints[static_cast<size_t>(endpoint)];
  }

  Engine& engine_;
  const Topology& topology_;
  std::unique_ptr<Fabric> fluid_;
  ComponentId self_;
  std::optional<StripedMessages> scale_up_;
  std::optional<StripedMessages> scale_out_;
  std::optional<StripedMessages> none_;
  ScheduleCache schedules_;
  std::vector<Run> runs_;
  std::vector<int32_t> free_runs_;
  std::vector<LinkUse> use_;
  std::string refused_;  // Messages that the packet network does not take.
};

// Nothing if the transfer is fluid.
std::optional<StripedMessages>& PacketFabric::NetworkOf(VertexId source, VertexId target) {
  const Vertex& a = topology_.vertices()[static_cast<size_t>(source)];
  const Vertex& b = topology_.vertices()[static_cast<size_t>(target)];
  if (a.kind != VertexKind::kChip || b.kind != VertexKind::kChip || source == target) return none_;
  return a.node == b.node ? scale_up_ : scale_out_;
}

bool PacketFabric::HasPackets(const Request& request, const PreparedSchedule& schedule) {
  return std::any_of(schedule.pairs().begin(), schedule.pairs().end(), [&](const auto& pair) {
    return NetworkOf(request.endpoints[static_cast<size_t>(pair.source)],
                     request.endpoints[static_cast<size_t>(pair.target)])
        .has_value();
  });
}

void PacketFabric::Start(const Request& request) {
  const PreparedSchedule& schedule = schedules_.Prepare(*request.schedule);
  if (!HasPackets(request, schedule)) {
    fluid_->Start(request);
    return;
  }
  const int32_t slot = NewRun(request, schedule);
  engine_.Send(self_, engine_.now() + request.costs.start, self_,
               static_cast<uint32_t>(Step::kBegin), Item{.run = slot}.Pack());
}

int32_t PacketFabric::NewRun(const Request& request, const PreparedSchedule& schedule) {
  if (free_runs_.empty()) {
    free_runs_.push_back(static_cast<int32_t>(runs_.size()));
    runs_.emplace_back();
  }
  const int32_t slot = free_runs_.back();
  free_runs_.pop_back();
  Run& run = runs_[static_cast<size_t>(slot)];
  run.schedule = &schedule;
  run.endpoints.assign(request.endpoints.begin(), request.endpoints.end());
  run.costs = request.costs;
  run.costs.start = Duration(0);
  run.rank_components.assign(request.rank_components.begin(), request.rank_components.end());
  run.done_kind = request.done_kind;
  run.done_payload = request.done_payload;
  run.transfers.clear();
  for (const Transfer& t : schedule.schedule().transfers) {
    run.transfers.push_back({.pending = t.predecessor_count});
  }
  run.left.assign(schedule.transfers_of_rank().begin(), schedule.transfers_of_rank().end());
  run.unfinished = schedule.transfers();
  return slot;
}

void PacketFabric::OnEvent(const Event& event, Engine& /*engine*/) {
  const Item item = {static_cast<int32_t>(event.payload >> 32),
                     static_cast<int32_t>(event.payload & UINT32_MAX)};
  if (event.kind == static_cast<uint32_t>(Step::kBegin)) {
    BeginRun(item.run);
    return;
  }
  TransferState& state = StateOf(item);
  if (event.kind == static_cast<uint32_t>(Step::kPart) && --state.parts > 0) return;
  if (state.not_before > engine_.now()) {
    engine_.Send(self_, state.not_before, self_, static_cast<uint32_t>(Step::kOver), item.Pack());
    return;
  }
  OnOver(item);
}

void PacketFabric::BeginRun(int32_t slot) {
  const Run& run = runs_[static_cast<size_t>(slot)];
  for (size_t rank = 0; rank < run.left.size(); ++rank) {
    if (run.left[rank] > 0) continue;
    engine_.Send(self_, engine_.now(), run.rank_components[rank], run.done_kind, run.done_payload);
  }
  for (const int32_t root : run.schedule->roots()) Begin({slot, root});
}

// The predecessors of the transfer are over.
void PacketFabric::Begin(Item item) {
  const Run& run = runs_[static_cast<size_t>(item.run)];
  const Transfer& t = run.schedule->schedule().transfers[static_cast<size_t>(item.transfer)];
  const VertexId source = VertexOf(run, t.source);
  const VertexId target = VertexOf(run, t.target);
  if (source == target) {
    engine_.Send(self_, engine_.now() + kLocalCopy, self_, static_cast<uint32_t>(Step::kOver),
                 item.Pack());
  } else if (std::optional<StripedMessages>& network = NetworkOf(source, target)) {
    BeginPackets(item, t, *network);
  } else {
    BeginFluid(item, t);
  }
}

void PacketFabric::BeginFluid(Item item, const Transfer& transfer) {
  const Run& run = runs_[static_cast<size_t>(item.run)];
  const VertexId ends[] = {VertexOf(run, transfer.source), VertexOf(run, transfer.target)};
  const ComponentId told[] = {self_, self_};
  StateOf(item).parts = 2;
  fluid_->Start({.schedule = &schedules_.OneTransfer(transfer.bytes),
                 .endpoints = ends,
                 .costs = run.costs,
                 .rank_components = told,
                 .done_kind = static_cast<uint32_t>(Step::kPart),
                 .done_payload = item.Pack()});
}

void PacketFabric::BeginPackets(Item item, const Transfer& transfer, StripedMessages& network) {
  const Run& run = runs_[static_cast<size_t>(item.run)];
  PacketFlow message;
  message.source = VertexOf(run, transfer.source);
  message.target = VertexOf(run, transfer.target);
  // A message without data is a packet, too.
  message.bytes = std::max(transfer.bytes, Bytes(1));
  message.start = engine_.now() + (&network == &*scale_out_ ? run.costs.per_transfer_scale_out
                                                            : run.costs.per_transfer_scale_up);
  message.arrived = {.wanted = true,
                     .component = self_,
                     .kind = static_cast<uint32_t>(Step::kPart),
                     .payload = item.Pack()};
  TransferState& state = StateOf(item);
  if (run.costs.rate_cap != Bandwidth()) {
    state.not_before = message.start + topology_.RouteLatency(message.source, message.target) +
                       TransferTime(message.bytes, run.costs.rate_cap);
  }
  const absl::StatusOr<int> stripes = network.Add(message);
  if (stripes.ok()) {
    state.parts = *stripes;
  } else {
    absl::StrAppend(&refused_, std::string(stripes.status().message()), "\n");
  }
}

void PacketFabric::OnOver(Item item) {
  Run& run = runs_[static_cast<size_t>(item.run)];
  const PreparedSchedule& schedule = *run.schedule;
  const Transfer& t = schedule.schedule().transfers[static_cast<size_t>(item.transfer)];
  CountRank(run, t.source);
  if (t.target != t.source) CountRank(run, t.target);
  for (const int32_t successor : schedule.SuccessorsOf(item.transfer)) {
    if (--run.transfers[static_cast<size_t>(successor)].pending == 0) {
      Begin({item.run, successor});
    }
  }
  if (--run.unfinished == 0) free_runs_.push_back(item.run);
}

void PacketFabric::CountRank(Run& run, int32_t rank) {
  if (rank >= run.schedule->schedule().ranks) return;  // A switch.
  const auto r = static_cast<size_t>(rank);
  if (--run.left[r] > 0) return;
  engine_.Send(self_, engine_.now(), run.rank_components[r], run.done_kind, run.done_payload);
}

absl::Span<const LinkUse> PacketFabric::link_use() {
  const absl::Span<const LinkUse> fluid = fluid_->link_use();
  use_.assign(fluid.begin(), fluid.end());
  for (const auto* network : {&scale_up_, &scale_out_}) {
    if (network->has_value()) AddUse((*network)->network().link_use());
  }
  return use_;
}

void PacketFabric::AddUse(const std::vector<PacketLinkUse>& packets) {
  __extension__ using Wide = __int128;
  for (size_t l = 0; l < use_.size(); ++l) {
    const int64_t rate = topology_.links()[l].bandwidth.bytes_per_second();
    const Wide bytes = Wide{packets[l].busy.count()} * rate / 1'000'000'000'000;
    use_[l] += {.bytes = Bytes(static_cast<int64_t>(bytes)),
                .busy = packets[l].busy,
                .transfers = packets[l].packets};
  }
}

std::string PacketFabric::DescribeUnfinished() const {
  std::string text = fluid_->DescribeUnfinished();
  for (const auto* network : {&scale_up_, &scale_out_}) {
    if (network->has_value()) text += (*network)->network().DescribeUnfinished();
  }
  return text + refused_;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Fabric>> MakePacketFabric(Engine& engine, const Topology& topology,
                                                         const PacketTiers& tiers,
                                                         const FluidOptions& options) {
  auto fabric = std::make_unique<PacketFabric>(engine, topology, options);
  TESSERA_RETURN_IF_ERROR(fabric->AddNetworks(tiers));
  return fabric;
}

}  // namespace tessera
