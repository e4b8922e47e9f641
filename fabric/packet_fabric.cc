#include "fabric/packet_fabric.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/packet/packet_network.h"
#include "fabric/prepared_schedule.h"

namespace tessera {
namespace {

constexpr Duration kLocalCopy = Duration(1);

class PacketFabric final : public Fabric, public Component {
 public:
  PacketFabric(Engine& engine, const Topology& topology, const FluidOptions& options)
      : engine_(engine),
        topology_(topology),
        inside_(MakeFluidFabric(engine, topology, options)),
        self_(engine.Add(*this)) {}

  absl::Status AddNetwork(const PacketParams& params) {
    stripes_ = params.paths == PathChoice::kHash ? topology_.ways() : 1;
    follows_routes_ = params.paths == PathChoice::kHash;
    TESSERA_ASSIGN_OR_RETURN(network_, MakePacketNetwork(engine_, topology_, params));
    return absl::OkStatus();
  }

  void Start(const Request& request) override;
  absl::Span<const LinkUse> link_use() override;
  std::string DescribeUnfinished() const override;
  const Counters& counters() const override { return inside_->counters(); }
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

  const PreparedSchedule& Prepare(const Schedule& schedule);
  bool IsPackets(VertexId source, VertexId target) const;
  bool LeavesNodes(const Request& request, const PreparedSchedule& schedule) const;
  int32_t NewRun(const Request& request, const PreparedSchedule& schedule);
  void BeginRun(int32_t slot);
  void Begin(Item item);
  void BeginInside(Item item, const Transfer& transfer);
  void BeginPackets(Item item, const Transfer& transfer);
  int32_t PathOf(VertexId source, VertexId target, int stripe);
  void OnOver(Item item);
  void CountRank(Run& run, int32_t rank);
  const Schedule& OneTransfer(Bytes bytes);
  TransferState& StateOf(Item item) {
    return runs_[static_cast<size_t>(item.run)].transfers[static_cast<size_t>(item.transfer)];
  }
  VertexId VertexOf(const Run& run, int32_t endpoint) const {
    return run.endpoints[static_cast<size_t>(endpoint)];
  }

  Engine& engine_;
  const Topology& topology_;
  std::unique_ptr<Fabric> inside_;
  ComponentId self_;
  std::unique_ptr<PacketNetwork> network_;
  int stripes_ = 1;  // Of a message.
  bool follows_routes_ = false;
  absl::flat_hash_map<std::pair<VertexId, VertexId>, std::vector<int32_t>> paths_;
  absl::flat_hash_map<const Schedule*, std::unique_ptr<PreparedSchedule>> prepared_;
  absl::flat_hash_map<int64_t, std::unique_ptr<Schedule>> one_transfer_;  // By bytes.
  std::vector<Run> runs_;
  std::vector<int32_t> free_runs_;
  std::vector<LinkUse> use_;
  std::string refused_;  // Messages that the packet network does not take.
};

const PreparedSchedule& PacketFabric::Prepare(const Schedule& schedule) {
  std::unique_ptr<PreparedSchedule>& known = prepared_[&schedule];
  if (known == nullptr) known = std::make_unique<PreparedSchedule>(schedule);
  return *known;
}

bool PacketFabric::IsPackets(VertexId source, VertexId target) const {
  const Vertex& a = topology_.vertices()[static_cast<size_t>(source)];
  const Vertex& b = topology_.vertices()[static_cast<size_t>(target)];
  return a.node != b.node && a.kind == VertexKind::kChip && b.kind == VertexKind::kChip;
}

bool PacketFabric::LeavesNodes(const Request& request, const PreparedSchedule& schedule) const {
  return std::any_of(schedule.pairs().begin(), schedule.pairs().end(), [&](const auto& pair) {
    return IsPackets(request.endpoints[static_cast<size_t>(pair.source)],
                     request.endpoints[static_cast<size_t>(pair.target)]);
  });
}

void PacketFabric::Start(const Request& request) {
  const PreparedSchedule& schedule = Prepare(*request.schedule);
  if (!LeavesNodes(request, schedule)) {
    inside_->Start(request);
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
  } else if (IsPackets(source, target)) {
    BeginPackets(item, t);
  } else {
    BeginInside(item, t);
  }
}

void PacketFabric::BeginInside(Item item, const Transfer& transfer) {
  const Run& run = runs_[static_cast<size_t>(item.run)];
  const VertexId ends[] = {VertexOf(run, transfer.source), VertexOf(run, transfer.target)};
  const ComponentId told[] = {self_, self_};
  StateOf(item).parts = 2;
  inside_->Start({.schedule = &OneTransfer(transfer.bytes),
                  .endpoints = ends,
                  .costs = run.costs,
                  .rank_components = told,
                  .done_kind = static_cast<uint32_t>(Step::kPart),
                  .done_payload = item.Pack()});
}

void PacketFabric::BeginPackets(Item item, const Transfer& transfer) {
  const Run& run = runs_[static_cast<size_t>(item.run)];
  // A message without data is a packet, too.
  const int64_t bytes = std::max<int64_t>(transfer.bytes.count(), 1);
  PacketFlow flow;
  flow.source = VertexOf(run, transfer.source);
  flow.target = VertexOf(run, transfer.target);
  flow.start = engine_.now() + run.costs.per_transfer_scale_out;
  flow.arrived = {.wanted = true,
                  .component = self_,
                  .kind = static_cast<uint32_t>(Step::kPart),
                  .payload = item.Pack()};
  TransferState& state = StateOf(item);
  if (run.costs.rate_cap != Bandwidth()) {
    state.not_before = flow.start + topology_.RouteLatency(flow.source, flow.target) +
                       TransferTime(Bytes(bytes), run.costs.rate_cap);
  }
  for (int stripe = 0; stripe < stripes_; ++stripe) {
    flow.bytes = Bytes(bytes * (stripe + 1) / stripes_ - bytes * stripe / stripes_);
    if (flow.bytes == Bytes()) continue;
    flow.path = PathOf(flow.source, flow.target, stripe);
    ++state.parts;
    const absl::Status taken = network_->Add(flow).status();
    if (!taken.ok()) absl::StrAppend(&refused_, std::string(taken.message()), "\n");
  }
}

// As the topology routes this stripe; -1: as the packet network likes.
int32_t PacketFabric::PathOf(VertexId source, VertexId target, int stripe) {
  if (!follows_routes_) return -1;
  std::vector<int32_t>& paths = paths_[{source, target}];
  if (paths.empty()) {
    for (int way = 0; way < stripes_; ++way) {
      paths.push_back(network_->PathOf(topology_.Way(source, target, way)));
    }
  }
  return paths[static_cast<size_t>(stripe)];
}

const Schedule& PacketFabric::OneTransfer(Bytes bytes) {
  std::unique_ptr<Schedule>& schedule = one_transfer_[bytes.count()];
  if (schedule == nullptr) {
    schedule = std::make_unique<Schedule>();
    schedule->algorithm = "message";
    schedule->ranks = 2;
    schedule->chunks = 1;
    schedule->transfers.push_back({.source = 0, .target = 1, .bytes = bytes});
  }
  return *schedule;
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
  const absl::Span<const LinkUse> inside = inside_->link_use();
  use_.assign(inside.begin(), inside.end());
  const std::vector<PacketLinkUse> packets = network_->link_use();
  __extension__ using Wide = __int128;
  for (size_t l = 0; l < use_.size(); ++l) {
    const int64_t rate = topology_.links()[l].bandwidth.bytes_per_second();
    const Wide bytes = Wide{packets[l].busy.count()} * rate / 1'000'000'000'000;
    use_[l] += {.bytes = Bytes(static_cast<int64_t>(bytes)),
                .busy = packets[l].busy,
                .transfers = packets[l].packets};
  }
  return use_;
}

std::string PacketFabric::DescribeUnfinished() const {
  return absl::StrCat(inside_->DescribeUnfinished(), network_->DescribeUnfinished(), refused_);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Fabric>> MakePacketFabric(Engine& engine, const Topology& topology,
                                                         const PacketParams& params,
                                                         const FluidOptions& options) {
  auto fabric = std::make_unique<PacketFabric>(engine, topology, options);
  TESSERA_RETURN_IF_ERROR(fabric->AddNetwork(params));
  return fabric;
}

}  // namespace tessera
