#include "fabric/packet/packet_exchange.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/engine.h"
#include "core/hash.h"
#include "core/status_macros.h"
#include "fabric/packet/message_order.h"
#include "fabric/packet/packet_cut.h"
#include "fabric/packet/packet_record.h"

namespace tessera {
namespace {

std::vector<PacketFlow> FlowsOf(const PacketExchange& exchange) {
  std::vector<PacketFlow> flows;
  flows.reserve(exchange.messages.size());
  for (const PacketMessage& message : exchange.messages) {
    PacketFlow& flow = flows.emplace_back();
    flow.source = message.source;
    flow.target = message.target;
    flow.bytes = message.bytes;
    flow.start = message.predecessor_count == 0 ? Time(message.delay) : Time::max();
  }
  return flows;
}

// The hosts and switches of one partition, and who starts messages there. Components: the network,
// its vertices, then for each chip the order of its messages.
class Part {
 public:
  Part(const Topology& topology, const PacketExchange& exchange, PacketPart part)
      : topology_(topology), exchange_(exchange), part_(std::move(part)) {}

  absl::Status Build(const PacketParams& params, std::vector<PacketFlow> flows);
  // Alone.
  void Run() { engine_.Run(); }
  absl::Status RunWindows(const LookaheadMatrix& lookahead, WindowTransport& transport);
  PacketRecord Collect() const;

 private:
  std::vector<int32_t> PartitionOfComponents() const;

  const Topology& topology_;
  const PacketExchange& exchange_;
  const PacketPart part_;
  Engine engine_;
  std::unique_ptr<PacketNetwork> network_;
  std::unique_ptr<MessageOrder> order_;
  ParallelRunStatistics statistics_;
};

absl::Status Part::Build(const PacketParams& params, std::vector<PacketFlow> flows) {
  TESSERA_ASSIGN_OR_RETURN(network_, MakePacketNetwork(engine_, topology_, params, part_));
  order_ = std::make_unique<MessageOrder>(exchange_, part_, topology_.chips(), *network_, engine_);
  order_->AskForNotices(flows);
  for (const PacketFlow& flow : flows) {
    TESSERA_RETURN_IF_ERROR(network_->Add(flow).status());
  }
  return absl::OkStatus();
}

std::vector<int32_t> Part::PartitionOfComponents() const {
  std::vector<int32_t> partition_of = {part_.self};  // The network: nobody sends to it.
  partition_of.insert(partition_of.end(), part_.partition_of_vertex.begin(),
                      part_.partition_of_vertex.end());
  partition_of.insert(partition_of.end(), part_.partition_of_vertex.begin(),
                      part_.partition_of_vertex.begin() + topology_.chips());
  return partition_of;
}

absl::Status Part::RunWindows(const LookaheadMatrix& lookahead, WindowTransport& transport) {
  TESSERA_ASSIGN_OR_RETURN(statistics_, RunPartition(engine_, PartitionOfComponents(), lookahead,
                                                     transport, {.overlap = true}));
  return absl::OkStatus();
}

PacketRecord Part::Collect() const {
  PacketRecord record;
  record.events = engine_.events_delivered();
  for (uint32_t f = 0; f < exchange_.messages.size(); ++f) {
    const PacketFlowResult result = network_->ResultOf(f);
    const PacketMessage& message = exchange_.messages[f];
    if (part_.Has(message.target)) record.arrivals.push_back(result.arrival);
    if (part_.Has(message.source)) record.known.push_back(result.known);
  }
  const std::vector<PacketLinkUse> links = network_->link_use();
  for (size_t l = 0; l < links.size(); ++l) {
    if (part_.Has(topology_.links()[l].source)) record.links.push_back(links[l]);
  }
  record.unfinished = network_->DescribeUnfinished();
  record.load.run = statistics_;
  record.load.vertices = static_cast<int32_t>(
      std::count(part_.partition_of_vertex.begin(), part_.partition_of_vertex.end(), part_.self));
  return record;
}

// Every record lists what its partition has, in the order of messages and links.
void PutTogether(const std::vector<PacketRecord>& records, const PacketCut& cut,
                 const Topology& topology, const PacketExchange& exchange,
                 PacketExchangeResult& result) {
  struct Place {
    size_t arrival = 0;
    size_t known = 0;
    size_t link = 0;
  };
  std::vector<Place> next(records.size());
  const auto at = [&cut](VertexId v) {
    return static_cast<size_t>(cut.partition_of_vertex[static_cast<size_t>(v)]);
  };
  for (const PacketMessage& message : exchange.messages) {
    const size_t to = at(message.target);
    const size_t from = at(message.source);
    PacketFlowResult& flow = result.messages.emplace_back();
    flow.arrived = true;  // Else its partition has said so.
    flow.arrival = records[to].arrivals[next[to].arrival++];
    flow.known = records[from].known[next[from].known++];
    result.arrived = std::max(result.arrived, flow.arrival);
  }
  for (const Link& link : topology.links()) {
    const size_t from = at(link.source);
    result.links.push_back(records[from].links[next[from].link++]);
  }
}

absl::StatusOr<PacketExchangeResult> Merge(const std::vector<PacketRecord>& records,
                                           const PacketCut& cut, const Topology& topology,
                                           const PacketExchange& exchange) {
  PacketExchangeResult result;
  std::string unfinished;
  for (const PacketRecord& record : records) {
    unfinished += record.unfinished;
    result.events += record.events;
    if (records.size() > 1) result.parts.push_back(record.load);
  }
  if (!unfinished.empty()) return absl::InternalError(unfinished);
  PutTogether(records, cut, topology, exchange, result);
  return result;
}

}  // namespace

absl::StatusOr<PacketExchangeResult> RunPacketExchange(const Topology& topology,
                                                       const PacketParams& params,
                                                       const PacketExchange& exchange,
                                                       WindowTransport* transport) {
  TESSERA_RETURN_IF_ERROR(CheckOrder(exchange));
  std::vector<PacketFlow> flows = FlowsOf(exchange);
  PacketCut cut{.partition_of_vertex = std::vector<int32_t>(topology.vertices().size())};
  PacketPart part;
  if (transport != nullptr) {
    TESSERA_ASSIGN_OR_RETURN(cut, CutPackets(topology, params, flows, transport->partitions()));
    part = {.partition_of_vertex = cut.partition_of_vertex, .self = transport->self()};
  }
  Part here(topology, exchange, std::move(part));
  TESSERA_RETURN_IF_ERROR(here.Build(params, std::move(flows)));
  std::vector<PacketRecord> records;
  if (transport == nullptr) {
    here.Run();
    records.push_back(here.Collect());
    return Merge(records, cut, topology, exchange);
  }
  TESSERA_RETURN_IF_ERROR(here.RunWindows(cut.lookahead, *transport));
  TESSERA_ASSIGN_OR_RETURN(const auto packed, transport->Gather(Pack(here.Collect())));
  if (transport->self() != 0) return PacketExchangeResult{};
  for (const std::string& bytes : packed) {
    TESSERA_ASSIGN_OR_RETURN(records.emplace_back(), UnpackPacketRecord(bytes));
  }
  return Merge(records, cut, topology, exchange);
}

int64_t PacketExchangeResult::trimmed() const {
  int64_t trimmed = 0;
  for (const PacketLinkUse& link : links) trimmed += link.trimmed;
  return trimmed;
}

std::string PacketExchangeResult::Hash() const {
  StableHash hash;
  const auto add = [&hash](int64_t value) { hash.AddInteger(static_cast<uint64_t>(value)); };
  for (const PacketFlowResult& message : messages) {
    add(message.arrival.time_since_epoch().count());
    add(message.known.time_since_epoch().count());
  }
  for (const PacketLinkUse& link : links) {
    for (const int64_t value : {link.packets, link.headers, link.trimmed, link.marked,
                                link.busy.count(), link.peak_queue.count(), link.paused.count()}) {
      add(value);
    }
  }
  return hash.Hex();
}

}  // namespace tessera
